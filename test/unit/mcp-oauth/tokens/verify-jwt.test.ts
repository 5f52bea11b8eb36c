import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK } from 'jose';
import type { CryptoKey, JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../../plugins/mcp-oauth/config/config.js';
import type { Verdict } from '../../../../plugins/mcp-oauth/core/token/verdict.js';
import { newVerifier } from '../../../../plugins/mcp-oauth/io/runtimes.js';
import { pluginConfig } from '../../../support/oauth/plugin-config.js';
import { epoch, signingKey, signToken } from '../../../support/oauth/signing-key.js';
import type { SigningKey } from '../../../support/oauth/signing-key.js';
import { testIssuer } from '../../../support/oauth/test-issuer.js';
import type { TestIssuer } from '../../../support/oauth/test-issuer.js';

const resource = 'https://mcp.example.com/mcp';
const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const keys = new Map<string, SigningKey>();
let rs256: SigningKey;
let issuer: TestIssuer;
let other: TestIssuer;
let otherKey: SigningKey;

beforeAll(async () => {
  for (const alg of algorithms) keys.set(alg, await signingKey(alg));
  rs256 = keys.get('RS256')!;
  otherKey = await signingKey('RS256', rs256.kid);
  issuer = await testIssuer(...keys.values());
  other = await testIssuer(otherKey);
});

afterAll(async () => {
  await issuer[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

function claims(own: Record<string, unknown> = {}): JWTPayload {
  const good = { iss: issuer.url, aud: resource, sub: 'alice', exp: epoch(300), ...own };
  return Object.fromEntries(Object.entries(good).filter(([, value]) => value !== undefined));
}

async function verify(token: string, own: Record<string, unknown> = {}): Promise<Verdict> {
  const config = readConfig(
    pluginConfig({ resource, authorization_servers: [issuer.url, other.url], ...own }),
  );
  return newVerifier(config, { fetch, now: Date.now })(token);
}

async function reason(token: string, own: Record<string, unknown> = {}): Promise<string> {
  const verdict = await verify(token, own);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a good token', () => {
  it.each(algorithms)('signed with %s is verified', async (alg) => {
    expect(await reason(await signToken(keys.get(alg)!, claims()))).toBe('verified');
  });

  it('yields issuer, subject, client, scopes, expiry and the token itself', async () => {
    const exp = epoch(300);
    const own = { client_id: 'app', scope: 'mcp:read  mcp:write', exp, groups: ['a'] };
    const token = await signToken(rs256, claims(own));
    const verdict = await verify(token, {
      claim_to_header: [{ claim: 'groups', header: 'X-Groups' }],
    });
    expect(verdict).toEqual({
      kind: 'verified',
      keepMs: expect.any(Number) as number,
      caller: {
        identity: {
          issuer: issuer.url,
          subject: 'alice',
          clientId: 'app',
          scopes: ['mcp:read', 'mcp:write'],
          claims: claims(own),
          expiresAt: exp,
          token,
        },
        headers: { 'X-Groups': 'a' },
        credentialId: expect.stringMatching(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        ),
      },
    });
  });

  it.each([
    ['aud is a list that names the resource', { aud: ['https://x.example.com', resource] }, {}],
    ['aud is an accepted extra audience', { aud: 'api://mcp' }, { extra_audiences: ['api://mcp'] }],
    ['it has no subject but a client', { sub: undefined, client_id: 'job' }, {}],
    ['it expired within the leeway', { exp: epoch(-5) }, { jwt_claims_leeway: 30 }],
    ['nbf lies within the leeway', { nbf: epoch(5) }, { jwt_claims_leeway: 30 }],
  ])('is verified when %s', async (_when, own, config) => {
    expect(await reason(await signToken(rs256, claims(own)), config)).toBe('verified');
  });

  it('gives one credential id per issuer and subject, whatever client the user came by', async () => {
    const id = async (own: Record<string, unknown>) => {
      const verdict = await verify(await signToken(rs256, claims(own)));
      return verdict.kind === 'verified' ? verdict.caller.credentialId : verdict;
    };
    expect(await id({ jti: '1' })).toBe(await id({ jti: '2' }));
    expect(await id({ client_id: 'a' })).toBe(await id({ client_id: 'b' }));
    expect(await id({ sub: 'a' })).not.toBe(await id({ sub: 'b' }));
  });

  it('is verified without kid by whichever key of the issuer signed it', async () => {
    const first = await signingKey('ES256', 'first');
    const second = await signingKey('ES256', 'second');
    await using twoKeys = await testIssuer(first, second);
    const own = { iss: twoKeys.url };
    const token = await signToken(second, claims(own), { kid: undefined });
    const stranger = await signToken(await signingKey('ES256'), claims(own), { kid: undefined });
    const config = { authorization_servers: [twoKeys.url] };
    expect(await reason(token, config)).toBe('verified');
    expect(await reason(stranger, config)).toBe('signature');
  });
});

describe('claims', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['another audience', { aud: 'https://mcp.example.com/other' }, 'audience'],
    ['a longer audience', { aud: `${resource}/` }, 'audience'],
    ['a list of other audiences', { aud: ['a', 'b'] }, 'audience'],
    ['no audience', { aud: undefined }, 'audience'],
    ['an audience of another type', { aud: { [resource]: true } }, 'audience'],
    ['an issuer that is not configured', { iss: 'https://evil.example.com' }, 'issuer'],
    ['no issuer', { iss: undefined }, 'issuer'],
    ['a list of issuers', { iss: ['https://as.example.com'] }, 'issuer'],
    ['an expiry in the past', { exp: epoch(-1) }, 'expired'],
    ['no expiry', { exp: undefined }, 'claims'],
    ['an expiry that is text', { exp: '9999999999' }, 'claims'],
    ['nbf in the future', { nbf: epoch(60) }, 'not_yet_valid'],
    ['nbf that is text', { nbf: 'now' }, 'claims'],
    ['iat that is text', { iat: 'now' }, 'claims'],
    ['no subject and no client', { sub: undefined }, 'claims'],
    ['an empty subject', { sub: '' }, 'claims'],
    ['a subject that is a number', { sub: 7 }, 'claims'],
    ['an overlong subject', { sub: 'a'.repeat(513) }, 'claims'],
    ['a subject with a line break', { sub: 'a\nb' }, 'claims'],
    ['a subject with a lone surrogate', { sub: 'a\ud800' }, 'claims'],
    ['a client that is an object', { client_id: {} }, 'claims'],
    ['a key confirmation', { cnf: { jkt: 'x' } }, 'key_bound'],
  ])('with %s are refused', async (_what, own, expected) => {
    expect(await reason(await signToken(rs256, claims(own)))).toBe(expected);
  });

  it('with an infinite expiry are refused', async () => {
    const { privateKey, kid } = rs256;
    const text = JSON.stringify(claims({ exp: 0 })).replace('"exp":0', '"exp":1e999');
    const { CompactSign } = await import('jose');
    const token = await new CompactSign(Buffer.from(text))
      .setProtectedHeader({ alg: 'RS256', kid, typ: 'at+jwt' })
      .sign(privateKey);
    expect(await reason(token)).toBe('claims');
  });
});

describe('header', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['typ at+jwt', { typ: 'at+jwt' }, {}, 'verified'],
    ['typ in full and upper case', { typ: 'application/AT+JWT' }, {}, 'verified'],
    ['typ JWT', { typ: 'JWT' }, {}, 'type'],
    ['typ JWT where admitted', { typ: 'JWT' }, { token_types: ['JWT'] }, 'verified'],
    ['typ at+jwt where only JWT is admitted', {}, { token_types: ['JWT'] }, 'type'],
    ['no typ', { typ: undefined }, {}, 'type'],
    ['no typ where admitted', { typ: undefined }, { token_types: ['absent'] }, 'verified'],
    ['typ of a logout token', { typ: 'logout+jwt' }, { token_types: ['JWT', 'absent'] }, 'type'],
    ['typ that is no text', { typ: 7 }, { token_types: ['JWT', 'absent'] }, 'type'],
    ['an algorithm that is not configured', {}, { algorithms: ['ES256'] }, 'algorithm'],
    ['an unknown kid', { kid: 'unknown' }, {}, 'unknown_key'],
  ])('with %s', async (_what, header, config, expected) => {
    expect(await reason(await signToken(rs256, claims(), header), config)).toBe(expected);
  });

  it('with a critical extension is refused, whether or not a library knows it', async () => {
    const crit = { crit: ['b64'], b64: true };
    const token = await signToken(rs256, claims());
    const [, payload, signature] = token.split('.');
    const header = encode({ alg: 'RS256', kid: rs256.kid, typ: 'at+jwt', ...crit });
    expect(await reason(`${header}.${payload!}.${signature!}`)).toBe('header');
  });

  it.each(['nonce', 'at_hash', 'c_hash'])('of an ID token (%s) does not pass as JWT', async (c) => {
    const token = await signToken(rs256, claims({ [c]: 'x' }), { typ: 'JWT' });
    expect(await reason(token, { token_types: ['at+jwt', 'JWT'] })).toBe('type');
  });
});

describe('signature', () => {
  it('of alg none is refused, in any spelling', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      const token = `${encode({ alg, typ: 'at+jwt' })}.${encode(claims())}.`;
      expect(await reason(token)).toBe('algorithm');
    }
  });

  it('of HS256 with the public key as secret is refused', async () => {
    const pem = await exportSPKI((await importJWK(rs256.jwk, 'RS256')) as CryptoKey);
    const input = `${encode({ alg: 'HS256', kid: rs256.kid, typ: 'at+jwt' })}.${encode(claims())}`;
    const mac = createHmac('sha256', pem).update(input).digest('base64url');
    expect(await reason(`${input}.${mac}`)).toBe('algorithm');
  });

  it("of another configured issuer's key is refused, though both use the same kid", async () => {
    expect(await reason(await signToken(otherKey, claims({ iss: other.url })))).toBe('verified');
    expect(await reason(await signToken(otherKey, claims()))).toBe('signature');
  });

  it('by a key the token itself brings along is refused', async () => {
    const own = await signingKey('RS256', 'mine');
    await using mine = await testIssuer(own);
    const jku = `${mine.url}/jwks`;
    const header = { jwk: own.jwk, jku, x5u: jku };
    expect(await reason(await signToken(own, claims(), header))).toBe('unknown_key');
    expect(mine.hits('/jwks')).toBe(0);
  });

  it('over other claims is refused', async () => {
    const [header, , signature] = (await signToken(rs256, claims())).split('.');
    const forged = `${header!}.${encode(claims({ sub: 'root' }))}.${signature!}`;
    expect(await reason(forged)).toBe('signature');
  });

  it.each(['opaque', 'a.b', 'a.b.c', '..', 'e30.e30.', 'a.b.c.d.e'])(
    'of %j is not looked for',
    async (token) => {
      expect(['not_a_jwt', 'algorithm']).toContain(await reason(token));
    },
  );
});
