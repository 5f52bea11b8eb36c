import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../plugins/mcp-oauth/config/config.js';
import { authenticate } from '../../../../plugins/mcp-oauth/core/authenticate.js';
import type { RequestFacts } from '../../../../plugins/mcp-oauth/core/authenticate.js';
import type { Reply } from '../../../../plugins/mcp-oauth/core/challenge/reply.js';
import type { Verdict, VerifiedToken } from '../../../../plugins/mcp-oauth/core/token/verdict.js';
import { pluginConfig } from '../../../support/oauth/plugin-config.js';

const metadataUrl = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';
const metadataPath = '/.well-known/oauth-protected-resource/mcp';
const rootPath = '/.well-known/oauth-protected-resource';
const bearer = { authorization: 'Bearer good' };

function caller(scopes: readonly string[]): VerifiedToken {
  const identity = {
    issuer: 'https://as.example.com',
    subject: 'alice',
    clientId: 'app',
    scopes,
    claims: {},
    expiresAt: 9_999_999_999,
  };
  return { identity, headers: {}, credentialId: 'id' };
}

/** The decision on a request, with a verifier that knows only the token `good`. */
async function decide(
  facts: Partial<RequestFacts>,
  own: Record<string, unknown> = {},
  verdict: Verdict = { kind: 'verified', caller: caller(['mcp:read']) },
) {
  const readBody = () => Promise.reject(new Error('no rule looks into the body'));
  const request = { headers: {}, method: 'POST', path: '/mcp', rawQuery: '', readBody, ...facts };
  return authenticate(
    request,
    readConfig(pluginConfig(own)),
    async (token) => (token === 'good' ? verdict : { kind: 'refused', reason: 'not_a_jwt' }),
    () => Promise.reject(new Error('no token is bound to a key')),
  );
}

async function reply(...args: Parameters<typeof decide>): Promise<Reply> {
  const decision = await decide(...args);
  if (decision.kind !== 'reply') throw new Error('the request was let through');
  return decision.reply;
}

describe('metadata', () => {
  it('is served on the path-inserted address to anyone, from any origin', async () => {
    const headers = { origin: 'https://app.example.net' };
    const own = {
      scopes_supported: ['mcp:read'],
      resource_name: 'Tools',
      resource_policy_uri: 'https://example.com/policy',
    };
    const answer = await reply({ method: 'GET', path: metadataPath, headers }, own);
    expect(answer.status).toBe(200);
    expect(answer.headers).toEqual({
      'Content-Type': 'application/json',
      'Cache-Control': 'public, max-age=300',
      'Access-Control-Allow-Origin': '*',
    });
    expect(JSON.parse(answer.body)).toEqual({
      resource: 'https://mcp.example.com/mcp',
      authorization_servers: ['https://as.example.com'],
      scopes_supported: ['mcp:read'],
      bearer_methods_supported: ['header'],
      resource_name: 'Tools',
      resource_policy_uri: 'https://example.com/policy',
    });
  });

  it.each<[string, string, Record<string, unknown>, number]>([
    ['GET', rootPath, {}, 404],
    ['GET', rootPath, { serve_root_metadata: true }, 200],
    ['GET', rootPath, { resource: 'https://mcp.example.com' }, 200],
    ['HEAD', metadataPath, {}, 200],
    ['OPTIONS', metadataPath, {}, 204],
    ['OPTIONS', `${rootPath}/other`, {}, 204],
    ['POST', metadataPath, {}, 405],
    ['DELETE', metadataPath, {}, 405],
    ['GET', `${metadataPath}/`, {}, 404],
    ['GET', `${metadataPath}/more`, {}, 404],
    ['GET', `${rootPath}/other`, {}, 404],
    ['GET', `${rootPath}/`, { serve_root_metadata: true }, 404],
    ['GET', `${rootPath}x`, {}, 401],
    ['GET', '/.well-known/oauth-authorization-server', {}, 401],
  ])('%s %s with %j gets %i', async (method, path, own, status) => {
    expect((await reply({ method, path }, own)).status).toBe(status);
  });

  it('names the required scopes where no others are said to be supported', async () => {
    const own = { required_scopes: ['mcp:read'] };
    const answer = await reply({ method: 'GET', path: metadataPath }, own);
    expect(JSON.parse(answer.body)).toMatchObject({ scopes_supported: ['mcp:read'] });
  });

  it('says which methods it has, and answers a preflight', async () => {
    const refused = await reply({ method: 'POST', path: metadataPath });
    expect(refused.headers['Allow']).toBe('GET, HEAD, OPTIONS');
    const preflight = await reply({ method: 'OPTIONS', path: metadataPath });
    expect(preflight.headers).toMatchObject({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Headers': '*',
    });
  });
});

describe('before any token', () => {
  it('ends a preflight here and grants nothing', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answer = await reply({ method: 'OPTIONS', headers: { ...headers, ...bearer } });
    expect(answer).toEqual({ status: 204, headers: {}, body: '' });
  });

  it.each<[string | string[], string[], number | 'pass']>([
    ['https://evil.example', [], 403],
    ['https://evil.example', ['https://app.example'], 403],
    ['https://app.example', ['https://app.example'], 'pass'],
    ['null', ['https://app.example'], 403],
    ['https://evil.example', ['*'], 'pass'],
    [['https://app.example', 'https://evil.example'], ['https://app.example'], 403],
    [['https://app.example', 'https://app.example'], ['https://app.example'], 403],
  ])('Origin %j with %j allowed: %s', async (origin, allowed_origins, expected) => {
    const decision = await decide({ headers: { ...bearer, origin } }, { allowed_origins });
    expect(decision.kind === 'reply' ? decision.reply.status : decision.kind).toBe(expected);
  });

  it.each([
    ['x-mcp-', 'x-mcp-'],
    ['in underscore spelling', 'x_mcp_'],
    ['of consumers', 'x-consumer-'],
  ])('refuses a request with more than 32 identity headers, %s', async (_what, prefix) => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, 'a']));
    const { authorization } = bearer;
    // The token itself is one.
    expect((await decide({ headers: { ...many(31), authorization } })).kind).toBe('pass');
    expect((await reply({ headers: { ...many(32), authorization } })).status).toBe(431);
    expect((await reply({ headers: many(33) })).status).toBe(431);
  });

  it('refuses a request whose header lines reach the limit of what can be seen', async () => {
    const lines = (count: number) => ({ ...bearer, 'x-many': Array<string>(count - 1).fill('a') });
    expect((await reply({ headers: lines(1000) })).status).toBe(431);
    expect((await decide({ headers: lines(999) })).kind).toBe('pass');
  });
});

describe('no token', () => {
  it.each([
    ['nothing', {}],
    ['an empty header', { authorization: '' }],
    ['another scheme', { authorization: 'Basic Zm9vOmJhcg==' }],
    ['a scheme that begins like Bearer', { authorization: 'Bearerish good' }],
    ['DPoP', { authorization: 'DPoP good' }],
  ])('(%s) gets a challenge without error', async (_what, headers) => {
    const answer = await reply({ headers }, { required_scopes: ['a', 'b'] });
    expect(answer.status).toBe(401);
    expect(answer.headers).toEqual({
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'WWW-Authenticate': `Bearer resource_metadata="${metadataUrl}", scope="a b"`,
    });
  });

  it('names scopes_supported where none is required, and no scope where there is neither', async () => {
    const supported = await reply({}, { scopes_supported: ['x'] });
    expect(supported.headers['WWW-Authenticate']).toMatch(/, scope="x"$/);
    expect((await reply({})).headers['WWW-Authenticate']).not.toContain('scope');
  });
});

describe('malformed', () => {
  it.each<[string, Partial<RequestFacts>]>([
    ['two Authorization headers', { headers: { authorization: ['Bearer good', 'Bearer good'] } }],
    ['Basic beside Bearer', { headers: { authorization: ['Basic eA==', 'Bearer good'] } }],
    ['two spellings', { headers: { authorization: 'Bearer good', Authorization: 'Bearer x' } }],
    ['header and query token', { headers: bearer, rawQuery: 'a=1&access_token=good' }],
    ['query token alone', { rawQuery: 'access_token=good' }],
    ['escaped query token', { rawQuery: 'access%5Ftoken=good' }],
    ['no token after the scheme', { headers: { authorization: 'Bearer' } }],
    ['two tokens', { headers: { authorization: 'Bearer good, Bearer good' } }],
    ['characters no token has', { headers: { authorization: 'Bearer "good"' } }],
    ['a tab', { headers: { authorization: 'Bearer good\tx' } }],
    ['a token over 16 KiB', { headers: { authorization: `Bearer ${'a'.repeat(16_385)}` } }],
  ])('(%s) gets 400 invalid_request', async (_what, facts) => {
    const answer = await reply(facts, { scopes_supported: ['s'] });
    expect(answer.status).toBe(400);
    expect(answer.headers['WWW-Authenticate']).toMatch(
      /^Bearer error="invalid_request", error_description="[^"]+", resource_metadata="[^"]+", scope="s"$/,
    );
    expect(JSON.stringify(answer)).not.toContain('good');
  });

  it.each(['Bearer good', 'bearer good', 'BEARER  good'])('(not so: %s)', async (authorization) => {
    expect((await decide({ headers: { authorization } })).kind).toBe('pass');
  });
});

describe('a token', () => {
  it('that is refused gets 401 invalid_token', async () => {
    const refused = { kind: 'refused', reason: 'expired' } as const;
    const answer = await reply({ headers: bearer }, { scopes_supported: ['s'] }, refused);
    expect(answer.status).toBe(401);
    expect(answer.headers['WWW-Authenticate']).toBe(
      `Bearer error="invalid_token", error_description="the token has expired", resource_metadata="${metadataUrl}", scope="s"`,
    );
    expect(JSON.parse(answer.body)).toEqual({
      error: 'invalid_token',
      error_description: 'the token has expired',
    });
  });

  it('that lacks a scope gets 403 with every scope needed, held ones too', async () => {
    const own = { required_scopes: ['mcp:read', 'mcp:write'] };
    const answer = await reply({ headers: bearer }, own);
    expect(answer.status).toBe(403);
    expect(answer.headers['WWW-Authenticate']).toMatch(
      /^Bearer error="insufficient_scope", .*resource_metadata=.*scope="mcp:read mcp:write"$/,
    );
  });

  it('that cannot be checked gets 503 with Retry-After and no challenge', async () => {
    const answer = await reply({ headers: bearer }, {}, { kind: 'unavailable' });
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ 'Retry-After': '5', 'Cache-Control': 'no-store' });
    expect(answer.headers).not.toHaveProperty('WWW-Authenticate');
  });

  it.each(['POST', 'GET', 'DELETE', 'PUT', 'HEAD', 'TRACE'])('is needed for %s', async (method) => {
    expect((await reply({ method })).status).toBe(401);
    expect((await decide({ method, headers: bearer })).kind).toBe('pass');
  });
});
