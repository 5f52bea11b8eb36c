import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ofOneProcess } from '../../support/gateway/crossing.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { untilListed } from '../../support/rig/listed.js';
import { callTool } from '../../support/rpc.js';
import { workersOfRun } from '../../support/workers.js';
import { answer } from '../../support/upstreams/http-fixture.js';
import { textResult, wild } from '../../support/upstreams/zoo/animal.js';
import type { Caught } from '../../support/upstreams/zoo/animal.js';

const tools = ['work', 'search', 'busy'];
const listed = JSON.stringify({
  tools: tools.map((name) => ({ name, inputSchema: { type: 'object' } })),
});

/** A server that does what it is asked, but for calls that ask it to hang. */
function obedient(): Promise<Caught> {
  return wild(({ on }) => {
    on('tools/list', (arrived, response) => answer(arrived, response, listed));
    on('tools/call', (arrived, response) => {
      if (arrived.params.arguments?.hang === true) return;
      answer(arrived, response, textResult('done'));
    });
  });
}

describe('a caller who wants to keep others from a server', () => {
  let mcp: ProtectedEndpoint;
  let server: Caught;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    server = await obedient();
    const circuit = { failures: 3, open_time: 60 };
    const overrides = ['work', 'search'].map((name) => ({ name, timeout: 400 }));
    mcp = await startProtectedEndpoint({
      aggregate: {
        servers: [{ name: 'srv', url: server.url, circuit_breaker: circuit, tools: { overrides } }],
      },
      gateway: ofOneProcess,
    });
    for (const name of ['mallory', 'mallory2', 'ben', 'cleo']) tokens[name] = await mcp.token(name);
    await untilListed(
      mcp.resource,
      tools.map((name) => `srv__${name}`),
      { token: tokens['ben']! },
    );
  });
  afterAll(async () => {
    await mcp?.stop();
    await server?.close();
  });

  const as = (name: string, tool: string, args: object = {}) =>
    callTool(mcp.resource, `srv__${tool}`, args, { token: tokens[name]! });
  const code = async (...call: Parameters<typeof as>) => (await as(...call)).message?.error?.code;

  it('cannot by calls that hang, although single calls of others hang too', async () => {
    for (let n = 0; n < 3; n++) expect(await code('mallory', 'work', { hang: true })).toBe(-31002);
    await as('mallory', 'search', { hang: true });
    expect(await code('mallory', 'busy')).toBe(-31010);
    expect(await code('ben', 'work', { hang: true })).toBe(-31002);
    for (const name of ['ben', 'cleo']) {
      for (const tool of tools) expect(await code(name, tool)).toBeUndefined();
    }
    expect(mcp.gateway.logText()).not.toMatch(/circuit_opened[^}]*"callers":"all"/);
  });

  it('cannot by more calls than the server has connections', async () => {
    const cancel = new AbortController();
    const before = server.fixture!.of('tools/call').length;
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'srv__busy', arguments: { hang: true } },
    });
    const headers = {
      authorization: `Bearer ${tokens['mallory2']!}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    for (let n = 0; n < 200; n++) {
      const sent = { method: 'POST', headers, body, signal: cancel.signal };
      void fetch(mcp.resource, sent).catch(() => undefined);
    }
    await server.fixture!.until('tools/call', before + 96);
    for (const name of ['ben', 'cleo']) expect(await code(name, 'busy')).toBeUndefined();
    // The bound is each worker's own.
    const most = before + 96 * workersOfRun + 2;
    expect(server.fixture!.of('tools/call').length).toBeLessThanOrEqual(most);
    cancel.abort();
  });
});
