import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins, fewerCallsPlugins } from '../../../kong/direct/plugins.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { until } from '../../support/readiness.js';
import { directAtAll } from '../../support/rig/direct-endpoint.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { fileLog } from '../../support/rig/services.js';
import { openSession, rpc } from '../../support/rpc.js';
import type { RpcAnswer } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const list = JSON.stringify({
  tools: ['pay', 'quiet'].map((name) => ({ name, inputSchema: { type: 'object' } })),
});
const override = {
  name: 'pay',
  log_arguments: ['/owner', '/card', '/note', '/deep/in'],
  redact_arguments: ['/card/number'],
};

interface Line {
  readonly request: { readonly id: string };
  readonly mcp: Readonly<Record<string, unknown>>;
}

describe.each([
  { direct: false, plugins: [] },
  { direct: false, plugins: fewerCallsPlugins },
  { direct: true, plugins: directPlugins },
])('arguments in the log, direct $direct', ({ direct, plugins }) => {
  let server: HttpFixture;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    server = await startHttpFixture();
    server.on('tools/list', (arrived, response) => answer(arrived, response, list));
    mcp = await startOpenEndpoint({
      aggregate: {
        servers: [{ name: 's', url: server.url, direct, tools: { overrides: [override] } }],
      },
      plugins: (places) => [...plugins, fileLog(places)],
      ...(direct ? directAtAll : {}),
    });
    await untilListed(mcp.url, ['s__pay']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await server?.close();
  });

  function logged({ headers }: RpcAnswer): Promise<Line> {
    const lines = () => mcp.gateway.fileLogLines() as unknown as Line[];
    const find = () => lines().find(({ request }) => request.id === headers['x-kong-request-id']);
    return until<Line>(find, { what: 'the request was not logged' });
  }

  const given = {
    owner: 'acme\nmcp: forged',
    card: { number: '4111', name: 'Ann' },
    note: 'n'.repeat(1_000),
    deep: { in: [1, true] },
    secret: 'hunter2',
  };
  const expected = {
    '/owner': 'acme\\u{a}mcp: forged',
    '/card': '{"number":"***","name":"Ann"}',
    '/note': 'n'.repeat(256),
    '/deep/in': '[1,true]',
  };

  it('are those that were chosen, and no others', async () => {
    const session = await openSession(mcp.url);
    const params = { name: 's__pay', arguments: given };
    // The first call finds out which session is the client's at the server.
    for (const isDirect of [false, direct]) {
      const { mcp: said } = await logged(await rpc(mcp.url, 'tools/call', { params, session }));
      expect(said).toMatchObject({ name: 's__pay', arguments_truncated: '/note' });
      expect(said['arguments']).toEqual(expected);
      expect(said['direct']).toBe(isDirect ? true : undefined);
      expect(JSON.stringify(said)).not.toMatch(/4111|hunter2/);
    }
  });

  it('are those of the tool alone', async () => {
    const session = await openSession(mcp.url);
    const params = { name: 's__quiet', arguments: given };
    const { mcp: said } = await logged(await rpc(mcp.url, 'tools/call', { params, session }));
    expect(said).not.toHaveProperty('arguments');
    expect(said).not.toHaveProperty('arguments_truncated');
  });

  it('are logged of clients without sessions, and refused where they are not clear', async () => {
    const params = { name: 's__pay', arguments: { owner: 'acme' } };
    const { mcp: said } = await logged(await modernRpc(mcp.url, 'tools/call', params));
    expect(said['arguments']).toEqual({ '/owner': 'acme' });
    const reached = server.of('tools/call').length;
    const two = { name: 's__pay', arguments: { owner: 'acme', Owner: 'eve' } };
    const refused = await modernRpc(mcp.url, 'tools/call', two);
    expect(refused.message).toHaveProperty('error');
    expect(server.of('tools/call')).toHaveLength(reached);
  });
});
