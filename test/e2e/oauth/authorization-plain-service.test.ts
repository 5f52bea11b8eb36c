import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { scope } from '../../support/rig/issuer.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { callTool, exchange, rpc } from '../../support/rpc.js';

const modern = '2026-07-28';

describe('rules of mcp-oauth in front of a plain Service', () => {
  let upstream: RecordingUpstream;
  let mcp: ProtectedEndpoint;
  let token: string;
  let writer: string;

  beforeAll(async () => {
    upstream = await startRecordingUpstream();
    mcp = await startProtectedEndpoint({
      url: upstream.url,
      oauth: {
        required_scopes: [scope],
        scope_rules: [{ methods: ['tools/call'], names: ['delete_*'], scopes: ['files:write'] }],
        claim_rules: [
          { claim: 'org.plan', equals: 'trial', effect: 'deny', methods: ['tools/call'] },
        ],
        max_request_body_size: 65_536,
      },
    });
    token = await mcp.token();
    writer = await mcp.token('alice', { claims: { scope: `${scope} files:write` } });
  });
  afterAll(async () => {
    await mcp?.stop();
    await upstream?.close();
  });

  /** What reached the upstream while `act` ran. */
  async function reaching(act: () => Promise<unknown>): Promise<number> {
    const before = upstream.requests.length;
    await act();
    return upstream.requests.length - before;
  }

  it('let pass what is allowed, byte by byte', async () => {
    const args = { text: 'ünï\\u0000', n: 1e400, deep: [[[{}]]] };
    expect((await callTool(mcp.resource, 'read_file', args, { token })).status).toBe(200);
    expect(JSON.parse(String(upstream.requests.at(-1)?.body))).toMatchObject({
      params: { name: 'read_file', arguments: { text: 'ünï\\u0000' } },
    });
    expect((await callTool(mcp.resource, 'delete_file', {}, { token: writer })).status).toBe(200);
    expect((await rpc(mcp.resource, 'tools/list', { token })).status).toBe(200);
    expect((await exchange(mcp.resource, 'GET', { authorization: `Bearer ${token}` })).status).toBe(
      200,
    );
    const large = { text: 'x'.repeat(40_000) };
    expect((await callTool(mcp.resource, 'read_file', large, { token })).status).toBe(200);
    expect(upstream.requests.at(-1)?.body.length).toBeGreaterThan(40_000);
  });

  it('ask for every scope a call needs, and nothing reaches the server', async () => {
    const poor = await mcp.token('alice', { claims: { scope: 'other' } });
    for (const offered of [token, poor]) {
      const reached = await reaching(async () => {
        const answer = await callTool(mcp.resource, 'delete_file', {}, { token: offered });
        expect(answer.status).toBe(403);
        const metadata = mcp.gateway.at('/.well-known/oauth-protected-resource/mcp');
        expect(answer.headers['www-authenticate']).toBe(
          `Bearer error="insufficient_scope", error_description="the token lacks a scope this request needs", resource_metadata="${metadata}", scope="mcp:tools files:write"`,
        );
        expect(answer.message).toMatchObject({ id: 1, error: { code: -31008 } });
      });
      expect(reached).toBe(0);
    }
  });

  it('deny by a claim within a claim', async () => {
    const trial = await mcp.token('bob', { claims: { org: { plan: 'trial' } } });
    const reached = await reaching(async () => {
      const answer = await callTool(mcp.resource, 'read_file', {}, { token: trial });
      expect([answer.status, answer.message?.error?.code]).toEqual([403, -31009]);
      expect(answer.headers['www-authenticate']).toBeUndefined();
    });
    expect(reached).toBe(0);
    expect((await rpc(mcp.resource, 'tools/list', { token: trial })).status).toBe(200);
  });

  it('authorize each message of a batch', async () => {
    const of = (...names: string[]) =>
      JSON.stringify(
        names.map((name, id) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } })),
      );
    const post = (body: string) => rpc(mcp.resource, '', { token, body });
    expect(await reaching(() => post(of('read_file', 'list_files')))).toBe(1);
    const reached = await reaching(async () => {
      expect((await post(of('read_file', 'delete_file'))).status).toBe(403);
    });
    expect(reached).toBe(0);
  });

  const call = (name: string, meta: object = {}) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, ...meta } });
  const claimed = { _meta: { 'io.modelcontextprotocol/protocolVersion': modern } };
  const mirrored = (name: string) => ({
    'mcp-protocol-version': modern,
    'mcp-method': 'tools/call',
    'mcp-name': name,
  });

  it.each<[string, string | Buffer, Record<string, string>, number]>([
    ['an encoded body', gzipSync(call('read_file')), { 'content-encoding': 'gzip' }, 415],
    ['another type', call('read_file'), { 'content-type': 'text/plain' }, 415],
    ['no JSON', 'nonsense', {}, 400],
    [
      'a name given twice',
      call('read_file').replace('{"name"', '{"name":"delete_file","name"'),
      {},
      400,
    ],
    ['a large body', call('read_file', { arguments: { text: 'x'.repeat(70_000) } }), {}, 413],
    ['headers of another call', call('read_file', claimed), mirrored('delete_file'), 400],
    ['a modern call without headers', call('read_file', claimed), {}, 400],
    ['a version to come', call('read_file'), { 'mcp-protocol-version': '2030-01-01' }, 400],
  ])('never let through %s', async (_what, body, headers, status) => {
    const reached = await reaching(async () => {
      expect((await rpc(mcp.resource, '', { token: writer, body, headers })).status).toBe(status);
    });
    expect(reached).toBe(0);
  });

  it('let a modern call pass whose headers agree', async () => {
    const body = call('read_file', claimed);
    const headers = mirrored('read_file');
    expect((await rpc(mcp.resource, '', { token, body, headers })).status).toBe(200);
  });

  it.each(['PUT', 'PATCH'])('leave no way around by %s', async (method) => {
    const headers = { authorization: `Bearer ${writer}`, 'content-type': 'application/json' };
    const reached = await reaching(async () => {
      expect((await exchange(mcp.resource, method, headers, call('read_file'))).status).toBe(405);
    });
    expect(reached).toBe(0);
  });

  it('leave no way around by a GET with a body', async () => {
    const body = call('delete_file');
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-http-method-override': 'POST',
    };
    const reached = await reaching(async () => {
      expect((await exchange(mcp.resource, 'GET', headers, body)).status).toBe(400);
    });
    expect(reached).toBe(0);
  });
});
