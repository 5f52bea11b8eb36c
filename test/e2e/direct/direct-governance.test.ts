import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { until } from '../../support/readiness.js';
import { directAtAll } from '../../support/rig/direct-endpoint.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint, startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint, ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { fileLog, limitPerTool } from '../../support/rig/services.js';
import { openSession, rpc } from '../../support/rpc.js';
import type { RpcAnswer } from '../../support/rpc.js';
import { startEraFixture } from '../../support/upstreams/era-fixture.js';
import type { EraFixture } from '../../support/upstreams/era-fixture.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const tools = ['free', 'scoped', 'hidden', 'denied', 'limited'];
const list = (names: readonly string[]) =>
  JSON.stringify({ tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })) });

interface Line {
  readonly request: { readonly id: string; readonly headers: object };
  readonly mcp: Readonly<Record<string, unknown>>;
}

/** The log entry of an answer. */
function logged({ gateway }: OpenEndpoint, { headers }: RpcAnswer): Promise<Line> {
  const lines = () => gateway.fileLogLines() as unknown as Line[];
  const find = () => lines().find(({ request }) => request.id === headers['x-kong-request-id']);
  return until<Line>(find, { what: 'the request was not logged' });
}

describe('what is decided before a direct call', () => {
  let server: HttpFixture;
  let mcp: ProtectedEndpoint;

  beforeAll(async () => {
    server = await startHttpFixture();
    server.on('tools/list', (arrived, response) => answer(arrived, response, list(tools)));
    mcp = await startProtectedEndpoint({
      aggregate: {
        servers: [{ name: 's', url: server.url, direct: true, tools: { deny: ['hidden'] } }],
        scope_rules: [{ names: ['s__scoped'], scopes: ['more'] }],
        claim_rules: [{ names: ['s__denied'], claim: 'sub', equals: 'ben', effect: 'deny' }],
      },
      plugins: (places) => [...directPlugins, limitPerTool(3), fileLog(places)],
    });
    await untilListed(mcp.resource, ['s__free'], { token: () => mcp.token(crypto.randomUUID()) });
  });
  afterAll(async () => {
    await mcp?.stop();
    await server?.close();
  });

  async function client(user: string) {
    const token = await mcp.token(user);
    const session = await openSession(mcp.resource, { token });
    const call = (tool: string, headers = {}, own = token) =>
      rpc(mcp.resource, 'tools/call', {
        params: { name: tool, arguments: {} },
        session,
        token: own,
        headers,
      });
    return { session, call };
  }
  const as = (endpoint: ProtectedEndpoint): OpenEndpoint => ({
    ...endpoint,
    url: endpoint.resource,
  });

  it('is the token, and the session’s owner', async () => {
    const { call } = await client('ann');
    expect((await call('s__free')).status).toBe(200);
    expect((await call('s__free', {}, 'forged')).status).toBe(401);
    const reached = server.of('tools/call').length;
    expect((await call('s__free', {}, await mcp.token('eve'))).status).toBe(404);
    expect(server.of('tools/call')).toHaveLength(reached);
  });

  it('are scopes, with their 403, and what is hidden', async () => {
    const { call } = await client('ben');
    await call('s__free');
    const reached = server.of('tools/call').length;
    const denied = await call('s__scoped');
    expect(denied.status).toBe(403);
    expect(denied.headers['www-authenticate']).toContain('more');
    for (const tool of ['s__hidden', 's__denied']) {
      expect((await call(tool)).message?.error?.message).toBe(`Unknown tool: ${tool}`);
    }
    expect(server.of('tools/call')).toHaveLength(reached);
  });

  it('are limits per tool and user, whatever headers say; each request is logged as what it is', async () => {
    const { call } = await client('liar');
    const lies = [
      {},
      { 'mcp-name': 's__free' },
      { 'x-mcp-limit-key': 'mine', X_Mcp_Limit_Key: 'a' },
    ];
    for (const headers of lies) expect((await call('s__limited', headers)).status).toBe(200);
    const over = await call('s__limited', { 'mcp-name': 'other' });
    expect(over.status).toBe(429);
    const { mcp: said, request } = await logged(as(mcp), over);
    expect(said).toMatchObject({ direct: true, subject: 'liar', server: 's', name: 's__limited' });
    expect(JSON.stringify(request.headers)).not.toContain('Bearer');
    expect(server.of('tools/call').at(-1)!.headers).not.toHaveProperty('x-mcp-limit-key');
    expect(server.of('tools/call').at(-1)!.headers).not.toHaveProperty('authorization');
    expect((await call('s__free')).status).toBe(200);
  });
});

describe('a client and a server without sessions', () => {
  let server: EraFixture;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    server = await startEraFixture({ modern: true, legacy: false });
    const more = { resultType: 'complete', ttlMs: 0, cacheScope: 'public' };
    const schema = {
      type: 'object',
      properties: { city: { type: 'string', 'x-mcp-header': 'City' } },
    };
    server.onModern('tools/list', (arrived, response) =>
      answer(
        arrived,
        response,
        JSON.stringify({ ...more, tools: [{ name: 'x', inputSchema: schema }] }),
      ),
    );
    mcp = await startOpenEndpoint({
      aggregate: {
        servers: [{ name: 's', url: server.url, direct: true, uri_mapping: 'none' }],
      },
      plugins: (places) => [...directPlugins, fileLog(places)],
      ...directAtAll,
    });
    await untilListed(mcp.url, ['s__x']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await server?.close();
  });

  it('have direct calls with what such a request says of itself', async () => {
    const args = { city: 'Köln' };
    const headers = { 'mcp-param-city': '=?base64?S8O2bG4=?=' };
    const call = () =>
      modernRpc(mcp.url, 'tools/call', { name: 's__x', arguments: args }, { headers });
    await call();
    const answered = await call();
    expect(answered.message?.result).toBeDefined();
    expect((await logged(mcp, answered)).mcp).toMatchObject({ direct: true, era: 'modern' });
    const { headers: reached, params } = server.of('tools/call').at(-1)!;
    expect(reached).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'x',
      'mcp-param-city': '=?base64?S8O2bG4=?=',
    });
    expect(params).toMatchObject({ name: 'x', arguments: args });
    expect(params._meta['io.modelcontextprotocol/clientCapabilities']).toEqual({});
  });

  it('a client with sessions is served all the same', async () => {
    const session = await openSession(mcp.url);
    const call = () => rpc(mcp.url, 'tools/call', { params: { name: 's__x' }, session });
    await call();
    const answered = await call();
    expect(answered.message?.result).toBeDefined();
    expect((await logged(mcp, answered)).mcp).not.toHaveProperty('direct');
  });
});
