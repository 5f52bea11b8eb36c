import { describe, expect, it } from 'vitest';
import { scopeChallenge } from '../../../lib/http/challenge.js';
import { readConfig } from '../../../plugins/mcp-oauth/config/config.js';
import { authorize, handedAuthorization } from '../../../plugins/mcp-oauth/core/authorize.js';
import { pluginConfig } from '../../support/oauth/plugin-config.js';

const usual: Record<string, unknown> = {
  required_scopes: ['mcp'],
  scope_hierarchy: { admin: ['mcp', 'write'] },
  scope_rules: [{ methods: ['tools/call'], names: ['delete*'], scopes: ['write'] }],
  claim_rules: [
    { claim: 'org', equals: 'evil', effect: 'deny', methods: ['tools/call'], names: ['pay'] },
  ],
};
const metadata =
  'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"';

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: unknown;
  readonly scopes?: readonly string[];
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Without a token at all. */
  readonly anonymous?: boolean;
}

async function refusal(sent: Sent, own: Record<string, unknown> = usual) {
  const text = typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body ?? '');
  const bytes = sent.body === undefined ? Buffer.alloc(0) : Buffer.from(text);
  const { method = 'POST', scopes = ['mcp'], claims = {} } = sent;
  const headers = { 'content-type': 'application/json', ...sent.headers };
  const facts = { method, headers, readBody: () => Promise.resolve(bytes) };
  const identity = sent.anonymous === true ? undefined : { scopes, claims };
  return authorize(facts, readConfig(pluginConfig(own)), identity);
}

const message = (method: string, params?: object, id: unknown = 1) => ({
  jsonrpc: '2.0',
  ...(id === null ? {} : { id }),
  method,
  ...(params === undefined ? {} : { params }),
});
const call = (name: string, id?: unknown) => message('tools/call', { name }, id);
const modern = (name: string) => ({
  body: message('tools/call', {
    name,
    _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
  }),
  headers: {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  },
});

describe('mcp-oauth by itself', () => {
  it.each<[string, Sent]>([
    ['a call that no rule is about', { body: call('read') }],
    ['a list', { body: message('tools/list') }],
    ['a call with its scopes', { body: call('delete_all'), scopes: ['mcp', 'write'] }],
    ['a call with a broad scope', { body: call('delete_all'), scopes: ['admin'] }],
    ['a call that claims do not deny', { body: call('pay'), claims: { org: 'good' } }],
    ['a notification', { body: message('notifications/initialized', undefined, null) }],
    ['a response', { body: { jsonrpc: '2.0', id: 1, result: {} } }],
    ['a batch of allowed calls', { body: [call('read', 1), call('list', 2)] }],
    ['a modern call', modern('read')],
    ['a stream', { method: 'GET' }],
    ['the end of a session', { method: 'DELETE' }],
    ['an old version', { body: call('read'), headers: { 'mcp-protocol-version': '2024-11-05' } }],
    [
      'true mirrored headers of an old version',
      { body: call('read'), headers: { 'mcp-method': 'tools/call', 'mcp-name': 'read' } },
    ],
  ])('lets %s pass', async (_what, sent) => {
    expect(await refusal(sent)).toBeUndefined();
  });

  it.each<[string, Sent, string]>([
    ['one call', { body: call('delete_all') }, '1'],
    ['no scope at all', { body: call('delete_all', '"x"'), scopes: [] }, '"\\"x\\""'],
    ['one call of a batch', { body: [call('read', 1), call('delete_all', 2)] }, 'null'],
    ['a modern call', modern('delete_all'), '1'],
  ])('asks for all scopes of %s at once', async (_what, sent, id) => {
    const reply = await refusal(sent);
    expect(reply?.status).toBe(403);
    expect(reply?.headers).toEqual({
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'WWW-Authenticate': `Bearer error="insufficient_scope", error_description="the token lacks a scope this request needs", ${metadata}, scope="mcp write"`,
    });
    expect(reply?.body).toBe(
      `{"jsonrpc":"2.0","id":${id},"error":{"code":-31008,"message":"the token lacks a scope this request needs","data":{"scopes":["mcp","write"]}}}`,
    );
  });

  it('asks who has no token to log in, for all that is needed', async () => {
    const reply = await refusal({ body: call('delete_all'), anonymous: true });
    expect(reply?.status).toBe(401);
    expect(reply?.headers['WWW-Authenticate']).toBe(`Bearer ${metadata}, scope="mcp write"`);
    expect(await refusal({ body: call('read'), anonymous: true })).toBeUndefined();
  });

  it('denies by claims with 403 and without a challenge', async () => {
    const reply = await refusal({ body: call('pay', 7), claims: { org: 'evil' } });
    expect(reply?.status).toBe(403);
    expect(reply?.headers).not.toHaveProperty('WWW-Authenticate');
    expect(JSON.parse(reply?.body ?? '')).toMatchObject({ id: 7, error: { code: -31009 } });
    expect(reply?.body).not.toContain('pay');
  });

  const json = { 'content-type': 'application/json' };
  it.each<[string, Sent, number, number]>([
    ['no JSON', { body: '{' }, 400, -32700],
    ['an empty body', {}, 400, -32700],
    ['no JSON-RPC', { body: '{}' }, 400, -32600],
    [
      'a name given twice',
      {
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","name":"delete_all"}}',
      },
      400,
      -32600,
    ],
    [
      'a name given in capitals too',
      {
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","Name":"delete_all"}}',
      },
      400,
      -32600,
    ],
    ['no name', { body: message('tools/call', {}) }, 200, -32602],
    [
      'an encoded body',
      { body: call('read'), headers: { ...json, 'content-encoding': 'gzip' } },
      415,
      -32600,
    ],
    [
      'another charset',
      { body: call('read'), headers: { 'content-type': 'application/json; charset=utf-16' } },
      415,
      -32600,
    ],
    [
      'another type',
      { body: call('read'), headers: { 'content-type': 'text/plain' } },
      415,
      -32600,
    ],
    [
      'a long body',
      { body: call('read'), headers: { ...json, 'content-length': '9999999' } },
      413,
      -32600,
    ],
    ['a stream with a body', { method: 'GET', body: call('delete_all') }, 400, -32600],
    ['another HTTP method', { method: 'PUT', body: call('delete_all') }, 405, -32600],
    [
      'a batch of a modern version',
      { ...modern('read'), body: [modern('read').body] },
      400,
      -32600,
    ],
    [
      'a header of another name',
      { ...modern('read'), headers: modern('delete_all').headers },
      400,
      -32020,
    ],
    [
      'a header of another method',
      { body: call('read'), headers: { ...json, 'mcp-method': 'ping' } },
      400,
      -32020,
    ],
    [
      'another name in an old version',
      { body: call('read'), headers: { ...json, 'mcp-name': 'x' } },
      400,
      -32020,
    ],
    [
      'a name where the body has none',
      { body: message('tools/list'), headers: { ...json, 'mcp-name': 'x' } },
      400,
      -32020,
    ],
    [
      'a version to come',
      { body: call('read'), headers: { ...json, 'mcp-protocol-version': '2030-01-01' } },
      400,
      -32022,
    ],
  ])('never lets through %s', async (_what, sent, status, code) => {
    const reply = await refusal({ ...sent, scopes: ['admin'] });
    expect([reply?.status, JSON.parse(reply?.body ?? '')]).toMatchObject([
      status,
      { error: { code } },
    ]);
  });

  it('reads no body where there is no rule', async () => {
    const own = { required_scopes: ['mcp'], scope_hierarchy: { admin: ['mcp'] } };
    const unread = {
      method: 'POST',
      headers: {},
      readBody: () => Promise.reject(new Error('the body was read')),
    };
    const config = readConfig(pluginConfig(own));
    expect(await authorize(unread, config, { scopes: ['admin'], claims: {} })).toBeUndefined();
    const reply = await authorize(unread, config, { scopes: ['other'], claims: {} });
    expect(reply?.status).toBe(403);
    expect(reply?.headers['WWW-Authenticate']).toContain('scope="mcp"');
    expect(await authorize(unread, config, undefined)).toBeUndefined();
  });

  it('fails where the body cannot be had, whoever asks', async () => {
    const facts = { method: 'POST', headers: json, readBody: () => Promise.reject(new Error('x')) };
    const config = readConfig(pluginConfig(usual));
    await expect(authorize(facts, config, { scopes: ['admin'], claims: {} })).rejects.toThrow('x');
  });
});

describe('what mcp-aggregate is handed', () => {
  it('names the required scopes, what the token implies, and makes the same challenge', async () => {
    const config = readConfig(pluginConfig(usual));
    const handed = handedAuthorization(config, { scopes: ['admin'] }, 'Bearer');
    expect(handed.requiredScopes).toEqual(['mcp']);
    expect([...handed.granted]).toEqual(['admin', 'mcp', 'write']);
    const reply = await refusal({ body: call('delete_all') });
    expect(scopeChallenge(handed.metadataUrl, ['mcp', 'write'])).toBe(
      reply?.headers['WWW-Authenticate'],
    );
  });
});
