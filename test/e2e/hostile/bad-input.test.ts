import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';
import { callTool, exchange, openSession, rpc } from '../../support/rpc.js';

const served = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'];
const modernMeta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

describe('what bad input gets', () => {
  let everything: RunningServer;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    everything = await startServerEverything();
    const servers = [{ name: 'everything', url: everything.url }];
    mcp = await startOpenEndpoint({
      aggregate: { servers, allowed_origins: ['https://app.example'] },
    });
  });
  afterAll(async () => {
    await mcp?.stop();
    await everything?.close();
  });

  it.each<[string, string | Buffer, number]>([
    ['not JSON', '{"jsonrpc":', -32700],
    ['nothing', '', -32700],
    ['a byte order mark', '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}', -32700],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), -32700],
    ['two values', '{"jsonrpc":"2.0","id":1,"method":"ping"}{}', -32700],
    ['a duplicate key', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}', -32600],
    ['an escaped duplicate', '{"jsonrpc":"2.0","id":1,"method":"ping","\\u006dethod":"x"}', -32600],
    ['a case variant', '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/list"}', -32600],
    [
      'a duplicate name',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","NAME":"b"}}',
      -32600,
    ],
    ['no version', '{"id":1,"method":"ping"}', -32600],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
    ['a number', '17', -32600],
    ['params in a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
    ['an empty batch', '[]', -32600],
    [
      'great depth',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${'['.repeat(100)}${']'.repeat(100)}}}`,
      -32600,
    ],
  ])('%s: 400', async (_what, body, code) => {
    const answer = await rpc(mcp.url, '', { body });
    expect(answer.status).toBe(400);
    expect(answer.message?.error?.code).toBe(code);
    expect(answer.headers['content-type']).toContain('application/json');
  });

  it('a batch of one call is served in a session of 2025-03-26', async () => {
    const initialize = {
      protocolVersion: '2025-03-26',
      capabilities: {},
      clientInfo: { name: 'old', version: '1' },
    };
    const opened = await rpc(mcp.url, 'initialize', { params: initialize });
    const session = String(opened.headers['mcp-session-id']);
    const call = {
      ...{ jsonrpc: '2.0', id: 5, method: 'tools/call' },
      params: { name: 'everything__echo', arguments: { message: 'batched' } },
    };
    const one = JSON.stringify([{ jsonrpc: '2.0', method: 'notifications/initialized' }, call]);
    const answer = await rpc(mcp.url, '', { body: one, session });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('Echo: batched');
    const two = await rpc(mcp.url, '', {
      body: JSON.stringify([call, { ...call, id: 6 }]),
      session,
    });
    expect(two.message?.error?.code ?? two.text).toBe(-32600);
  });

  it('an unknown method: 200 with -32601, the id kept', async () => {
    const answer = await rpc(mcp.url, 'tools/destroy', { id: 'seven' });
    expect(answer.status).toBe(200);
    expect(answer.message).toMatchObject({ id: 'seven', error: { code: -32601 } });
  });

  it('an unknown tool: -32602, naming it', async () => {
    const answer = await callTool(mcp.url, 'everything__nothing', {});
    expect(answer.message?.error?.code).toBe(-32602);
    expect(answer.message?.error?.message).toContain('everything__nothing');
  });

  it.each(['nonsense', 'AAAA', 'a'.repeat(4000)])('a strange session id: 404', async (session) => {
    expect((await rpc(mcp.url, 'ping', { session })).status).toBe(404);
  });

  it('an ended session: 404; DELETE without one: 400', async () => {
    const session = await openSession(mcp.url);
    expect((await rpc(mcp.url, 'ping', { session })).status).toBe(200);
    const ended = await exchange(mcp.url, 'DELETE', { 'mcp-session-id': session });
    expect(ended.status).toBe(204);
    expect((await rpc(mcp.url, 'ping', { session })).status).toBe(404);
    expect((await exchange(mcp.url, 'DELETE', {})).status).toBe(400);
  });

  it('GET without a session: 400', async () => {
    expect((await exchange(mcp.url, 'GET', { accept: 'text/event-stream' })).status).toBe(400);
  });

  it('other methods: 405 with Allow', async () => {
    for (const method of ['PUT', 'PATCH']) {
      const answer = await exchange(mcp.url, method, { accept: 'text/event-stream' });
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe('GET, POST, DELETE');
    }
  });

  it('a modern request whose headers disagree with its body: 400 with -32020', async () => {
    const answer = await rpc(mcp.url, 'tools/list', {
      params: { _meta: modernMeta },
      headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'ping' },
    });
    expect(answer.status).toBe(400);
    expect(answer.message?.error?.code).toBe(-32020);
  });

  it('an unknown protocol version: 400', async () => {
    const answer = await rpc(mcp.url, 'ping', {
      headers: { 'mcp-protocol-version': '1999-01-01' },
    });
    expect(answer.status).toBe(400);
    expect(answer.message?.error?.data).toMatchObject({ supported: served });
  });

  it('a strange or repeated Origin: 403; an allowed one: served', async () => {
    const good = 'https://app.example';
    const status = async (origin: string | readonly string[]) =>
      (await rpc(mcp.url, 'ping', { headers: { origin } })).status;
    expect(await status('https://evil.example')).toBe(403);
    expect(await status([good, good])).toBe(403);
    expect(await status(good)).toBe(200);
  });

  it('an Accept that admits neither form: 406', async () => {
    expect((await rpc(mcp.url, 'ping', { headers: { accept: 'text/html' } })).status).toBe(406);
  });

  it('another path: not this route', async () => {
    expect((await rpc(`${mcp.url}foo`, 'ping')).status).toBe(404);
    expect((await rpc(`${mcp.url}/foo`, 'ping')).status).toBe(404);
  });
});
