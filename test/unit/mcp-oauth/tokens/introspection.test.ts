import { exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import {
  goodAnswer,
  introspectingIssuer,
  introspectionVerifier,
} from '../../../support/oauth/introspecting-issuer.js';
import type { IntrospectingIssuer } from '../../../support/oauth/introspecting-issuer.js';
import { epoch, signingKey, signToken } from '../../../support/oauth/signing-key.js';
import type { SigningKey } from '../../../support/oauth/signing-key.js';
import { keySetPath, testIssuer } from '../../../support/oauth/test-issuer.js';
import { goodToken } from '../../../support/oauth/uncached-verifier.js';

const resource = 'https://mcp.example.com/mcp';
let key: SigningKey;
let issuer: IntrospectingIssuer;

beforeAll(async () => {
  setLogLevel('error');
  key = await signingKey('ES256');
});
beforeEach(async () => {
  issuer = await introspectingIssuer(key);
  issuer.answer(goodAnswer(resource));
});
afterEach(async () => {
  await issuer[Symbol.asyncDispose]();
});

const verifier = (own: Record<string, unknown> = {}) => introspectionVerifier(issuer, own);

async function outcome(token: string, own: Record<string, unknown> = {}): Promise<string> {
  const verdict = await verifier(own)(token);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
}

describe('an opaque token', () => {
  it('yields the identity that the answer gives', async () => {
    const exp = epoch(300);
    const answer = goodAnswer(resource, { exp, team: 'a' });
    issuer.answer(answer);
    const verdict = await verifier({ claim_to_header: [{ claim: 'team', header: 'X-Team' }] })('t');
    const { active: _active, ...claims } = answer;
    expect(verdict).toMatchObject({
      kind: 'verified',
      caller: {
        identity: {
          issuer: issuer.url,
          subject: 'alice',
          clientId: 'app',
          scopes: ['mcp:read', 'mcp:write'],
          claims: { ...claims, iss: issuer.url },
          expiresAt: exp,
          token: 't',
        },
        headers: { 'X-Team': 'a' },
      },
    });
  });

  it.each<[string, Record<string, unknown>, string, Record<string, unknown>?]>([
    ['nothing unusual', {}, 'verified'],
    ['a list of audiences', { aud: ['https://x.example', resource] }, 'verified'],
    ['an extra audience', { aud: 'api://mcp' }, 'verified', { extra_audiences: ['api://mcp'] }],
    ['its issuer', { iss: 'SELF' }, 'verified'],
    ['no expiry', { exp: undefined }, 'verified'],
    ['no token type', { token_type: undefined }, 'verified'],
    ['a token type in lower case', { token_type: 'bearer' }, 'verified'],
    ['an expiry within the leeway', { exp: epoch(-5) }, 'verified', { jwt_claims_leeway: 30 }],
    ['a client and no subject', { sub: undefined }, 'verified'],
    ['active: false', { active: false }, 'inactive'],
    ['another audience', { aud: 'https://x.example' }, 'audience'],
    ['a longer audience', { aud: `${resource}/` }, 'audience'],
    ['other audiences', { aud: ['https://x.example', null, 1] }, 'audience'],
    ['an audience of another type', { aud: { [resource]: true } }, 'audience'],
    ['no audience', { aud: undefined }, 'audience'],
    ['an audience that is null', { aud: null }, 'audience'],
    ['another issuer', { iss: 'https://evil.example' }, 'issuer'],
    ['the issuer with a slash', { iss: 'SELF/' }, 'issuer'],
    ['an issuer that is null', { iss: null }, 'issuer'],
    ['an expiry that has passed', { exp: epoch(-1) }, 'expired'],
    ['an expiry that is text', { exp: '9999999999' }, 'claims'],
    ['an expiry that is null', { exp: null }, 'claims'],
    ['a time in the future', { nbf: epoch(60) }, 'not_yet_valid'],
    ['a time that is text', { nbf: 'now' }, 'claims'],
    ['a key binding', { cnf: { jkt: 'x' } }, 'key_bound'],
    ['an empty key binding', { cnf: {} }, 'key_bound'],
    ['a DPoP token', { token_type: 'DPoP' }, 'type'],
    ['a refresh token, as RFC 7662 servers say it', { token_type: 'refresh_token' }, 'type'],
    ['a refresh token, as Keycloak says it', { typ: 'Refresh' }, 'type'],
    ['an offline token, as Keycloak says it', { typ: 'Offline' }, 'type'],
    ['an ID token, as Keycloak says it', { typ: 'ID' }, 'type'],
    ['a refresh token, as Hydra says it', { token_use: 'refresh_token' }, 'type'],
    ['a kind that is no text', { token_use: ['access'] }, 'type'],
    ['what only ID tokens have', { at_hash: 'x' }, 'type'],
    ['neither subject nor client', { sub: undefined, client_id: undefined }, 'claims'],
    ['a subject that is no text', { sub: 7 }, 'claims'],
    ['a client that is allowed', {}, 'verified', { allowed_clients: ['other', 'app'] }],
    ['a client that is not', {}, 'client', { allowed_clients: ['other'] }],
    ['no client', { client_id: undefined }, 'client', { allowed_clients: ['app'] }],
    ['two clients, one allowed', { azp: 'x' }, 'client', { allowed_clients: ['app'] }],
  ])('whose answer has %s: %s', async (_what, members, expected, own = {}) => {
    const self = Object.entries(members).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replace('SELF', issuer.url) : value,
    ]);
    issuer.answer(goodAnswer(resource, Object.fromEntries(self) as Record<string, unknown>));
    expect(await outcome('opaque', own)).toBe(expected);
  });

  describe('with insecure_relaxed_audience_validation', () => {
    const relaxed = { insecure_relaxed_audience_validation: true };
    it.each<[string, Record<string, unknown>, string]>([
      ['no audience', { aud: undefined }, 'verified'],
      ['another audience', { aud: 'https://x.example' }, 'audience'],
      ['an empty list of audiences', { aud: [] }, 'audience'],
      [
        'neither audience nor type, as a refresh token may have',
        { aud: undefined, token_type: undefined },
        'audience',
      ],
    ])('and an answer with %s: %s', async (_what, members, expected) => {
      issuer.answer(goodAnswer(resource, members));
      expect(await outcome('opaque', relaxed)).toBe(expected);
    });
  });
});

describe('the request', () => {
  const request = async (own: Record<string, unknown>) => {
    expect(await outcome('a+b/c=', own)).toBe('verified');
    return issuer.introspections[0]!;
  };

  it('is authenticated by client_secret_basic, and carries args and headers', async () => {
    const own = { args: { realm: 'x&y' }, headers: { 'X-Tenant': 'one' } };
    const { headers, form } = await request(own);
    expect(Object.fromEntries(form)).toEqual({
      token: 'a+b/c=',
      token_type_hint: 'access_token',
      realm: 'x&y',
    });
    const basic = Buffer.from('gateway:secret').toString('base64');
    expect(headers).toMatchObject({
      authorization: `Basic ${basic}`,
      'x-tenant': 'one',
      'content-type': 'application/x-www-form-urlencoded',
    });
  });

  it('is authenticated by client_secret_post', async () => {
    const { headers, form } = await request({ client_auth: 'client_secret_post' });
    expect(headers).not.toHaveProperty('authorization');
    expect([form.get('client_id'), form.get('client_secret')]).toEqual(['gateway', 'secret']);
  });

  it.each([undefined, 'https://as.example.com/introspect'])(
    'is authenticated by private_key_jwt for the audience %s',
    async (audience) => {
      const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
      const { form } = await request({
        client_auth: 'private_key_jwt',
        client_jwk: JSON.stringify(await exportJWK(privateKey)),
        ...(audience ? { client_assertion_audience: audience } : {}),
      });
      const expected = { issuer: 'gateway', subject: 'gateway', audience: audience ?? issuer.url };
      await jwtVerify(form.get('client_assertion') ?? '', publicKey, expected);
      expect(form.has('client_secret')).toBe(false);
    },
  );
});

describe('which tokens are introspected', () => {
  it('all: JWTs of the issuer too, whose keys are not asked for', async () => {
    expect(await outcome(await goodToken(issuer.url, key))).toBe('verified');
    expect([issuer.introspections.length, issuer.hits(keySetPath)]).toEqual([1, 0]);
  });

  it('all: what introspection says wins over a good signature', async () => {
    issuer.answer({ active: false });
    expect(await outcome(await goodToken(issuer.url, key))).toBe('inactive');
  });

  it('opaque: JWTs are verified by keys', async () => {
    issuer.answer({ active: false });
    const own = { introspect: 'opaque' };
    expect(await outcome(await goodToken(issuer.url, key), own)).toBe('verified');
    expect(await outcome('opaque', own)).toBe('inactive');
    expect(issuer.introspections.length).toBe(1);
  });

  it('never JWTs of another issuer', async () => {
    const strange = await signingKey('ES256');
    await using other = await testIssuer(strange);
    const own = {
      authorization_servers: [issuer.url, other.url],
      introspection_issuer: issuer.url,
    };
    expect(await outcome(await goodToken(other.url, strange), own)).toBe('verified');
    expect(await outcome(await goodToken('https://evil.example', strange), own)).toBe('issuer');
    expect(issuer.introspections).toEqual([]);
  });

  it.each([
    ['an ID token', { typ: 'JWT' }, 'type'],
    ['a token with a critical extension', { crit: ['b64'], b64: true }, 'header'],
  ])('never %s', async (_what, header, reason) => {
    const claims = { iss: issuer.url, aud: resource, sub: 'alice', exp: epoch(60) };
    expect(await outcome(await signToken(key, claims, header))).toBe(reason);
    expect(issuer.introspections).toEqual([]);
  });

  it.each<[string, (token: string) => string]>([
    ['bits left over in its signature', (token) => token.replace(/.$/, leftOver)],
    ['padding', (token) => `${token}==`],
    ['a dot at its end', (token) => `${token}.`],
    ['dots at its end', (token) => `${token}..`],
  ])('never a JWT of whatever type that is written with %s', async (_what, rewritten) => {
    const claims = { iss: issuer.url, aud: resource, sub: 'alice', exp: epoch(60) };
    for (const typ of ['at+jwt', 'JWT']) {
      const token = rewritten(await signToken(key, claims, { typ }));
      expect(await outcome(token)).toBe('not_a_jwt');
      expect(await outcome(token, { introspect: 'opaque' })).toBe('not_a_jwt');
    }
    expect(issuer.introspections).toEqual([]);
  });

  it.each([
    ['begins with JSON', `${encoded({ user: 7 })}.aVqZ2w.c2ln`],
    ['has parts', 'v2.local.QUFBQUFBQUFB'],
    ['is encrypted', `${encoded({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`],
  ])('an opaque token that %s', async (_what, token) => {
    expect(await outcome(token)).toBe('verified');
  });
});

/** Another last character for the same bytes: a signature of 64 bytes leaves four bits over. */
function leftOver(last: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(last) + 1]!;
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
