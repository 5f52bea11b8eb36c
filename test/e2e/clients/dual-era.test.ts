import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectNext, connectNextAs } from '../../support/any-client.js';
import type { AnyClient, Connect } from '../../support/any-client.js';
import { programs } from '../../support/eras/clients/programs.js';
import { answers } from '../../support/eras/clients/sdk.js';
import { startEndpoints } from '../../support/eras/endpoints.js';
import type { Endpoints } from '../../support/eras/endpoints.js';
import { startDualServer } from '../../support/eras/modern-server.js';
import { startPythonServer } from '../../support/eras/python-server.js';
import type { EraServer } from '../../support/eras/session-server.js';

const kinds: readonly (readonly [string, () => Promise<EraServer>])[] = [
  ['SDK v2 for TypeScript', startDualServer],
  ...(programs.python2 === undefined
    ? []
    : [["Python's mcp 2.x", () => startPythonServer(programs.python2!)] as const]),
];

/**
 * A tool that asks in the middle of its work works in a session, where the server can wait, and not
 * in the modern era, where it has no way back to the client.
 */
describe.each(kinds)('a server of both eras is spoken to in that of the client: %s', (_, start) => {
  let server: EraServer;
  let gateway: Endpoints;

  beforeAll(async () => {
    server = await start();
    gateway = await startEndpoints({ mcp: [{ name: 'both', url: server.url }] });
  });
  afterAll(async () => {
    await gateway?.stop();
    await server?.close();
  });

  async function asDirectly(connect: Connect, tool: string) {
    const arguments_ = { flight: 'KP 1' };
    const call = async (client: AnyClient, name: string) => {
      const called = client.client.callTool({ name, arguments: arguments_ });
      // In `_meta` the endpoint names itself in the server's place.
      const result = await called.then(
        ({ _meta, ...own }): unknown => own,
        (error: unknown) => ({ error: (error as { code: unknown }).code }),
      );
      const asked = client.asked.map(({ params }) => params?.['message']);
      await client.client.close();
      return { result, asked };
    };
    const direct = await call(await connect(server.url, answers), tool);
    const through = await call(await connect(gateway.at('mcp'), answers), `both__${tool}`);
    const questions = direct.asked.map((message) => `[both] ${String(message)}`);
    expect(through).toEqual({ ...direct, asked: questions });
    return direct;
  }

  it('the imperative question reaches a client with a session', async () => {
    const { result, asked } = await asDirectly(connectNext, 'insist');
    expect(result).toMatchObject({ content: [{ text: 'seat 12A' }] });
    expect(asked).toEqual(['Which seat on KP 1?']);
  });

  it('fails for a modern client as it does without a gateway', async () => {
    const { result, asked } = await asDirectly(connectNextAs('auto'), 'insist');
    expect(asked).toEqual([]);
    expect(JSON.stringify(result)).not.toContain('12A');
  });

  it.each([
    ['with a session', connectNext],
    ['without', connectNextAs('auto')],
  ])('the question that both eras can carry, %s', async (_name, connect) => {
    const { result } = await asDirectly(connect, 'ask');
    expect(result).toMatchObject({ content: [{ text: 'seat 12A' }] });
  });
});
