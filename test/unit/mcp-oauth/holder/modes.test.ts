import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import { certificateDigest } from '../../../../plugins/mcp-oauth/core/holder/certificate.js';
import { readConfig } from '../../../../plugins/mcp-oauth/config/config.js';
import { forgeProof } from '../../../support/dpop/forge-proof.js';
import { dpop } from '../../../support/dpop/proof-cases.js';
import { dpopConfig, protectedByProof } from '../../../support/dpop/protected.js';
import type { ProtectedByProof } from '../../../support/dpop/protected.js';
import { pluginConfig } from '../../../support/oauth/plugin-config.js';
import { epoch } from '../../../support/oauth/signing-key.js';

let endpoint: ProtectedByProof;
beforeAll(async () => {
  setLogLevel('error');
  endpoint = await protectedByProof();
});
afterAll(async () => {
  setLogLevel('info');
  await endpoint[Symbol.asyncDispose]();
});
afterEach(() => void vi.useRealTimers());

/** Status and challenge of the answer; `pass` where the request is let through. */
async function outcome(
  own: Parameters<ProtectedByProof['plugin']>[0],
  request: Parameters<ProtectedByProof['send']>[1],
): Promise<string> {
  const exit = (await endpoint.send(endpoint.plugin(own), request)).exit();
  return exit ? `${exit.status} ${exit.headers['WWW-Authenticate'] ?? ''}` : 'pass';
}
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('dpop', () => {
  it('off, or absent, refuses bound tokens, and does not look at the scheme', async () => {
    const { forge, proof } = endpoint;
    for (const own of [{}, { dpop: dpopConfig({ mode: 'off' }) }]) {
      expect(await outcome(own, bearer(forge.token))).toMatch(/^401 Bearer error="invalid_token"/);
      const sent = await outcome(own, { headers: dpop(forge.token, proof()) });
      expect(sent).toMatch(/^401 Bearer resource_metadata="[^"]*"$/);
      expect(await outcome(own, bearer(forge.unbound))).toBe('pass');
    }
  });

  it('required takes no bearer token, and says so without looking at it', async () => {
    const own = { dpop: dpopConfig({ mode: 'required' }), anonymous: 'nobody' };
    const { forge, proof } = endpoint;
    expect(await outcome(own, { headers: dpop(forge.token, proof()) })).toBe('pass');
    for (const token of [forge.unbound, forge.token, 'x']) {
      expect(await outcome(own, bearer(token))).toMatch(
        /^401 DPoP error="invalid_token", error_description="tokens are accepted by the scheme DPoP only", .*algs="ES256 RS256"$/,
      );
    }
    const { anonymous: _anonymous, ...closed } = own;
    expect(await outcome(closed, {})).toMatch(/^401 DPoP resource_metadata=/);
  });

  it('asks for scopes by the scheme that the token came by, here and at mcp-aggregate', async () => {
    const own = { dpop: dpopConfig({}), required_scopes: ['mcp:tools'] };
    const { forge, proof } = endpoint;
    const lacking = /^403 (\w+) error="insufficient_scope", .*scope="mcp:tools"(, algs=.*)?$/;
    expect(await outcome(own, { headers: dpop(forge.token, proof()) })).toMatch(lacking);
    expect(await outcome(own, { headers: dpop(forge.token, proof()) })).toMatch(/^403 DPoP/);
    expect(await outcome(own, bearer(forge.unbound))).toMatch(/^403 Bearer/);
  });

  it.each(['typ', 'token_type', 'token_use'])(
    'takes a %s of DPoP for an access token, where it is bound to a key',
    async (claim) => {
      const own = { dpop: dpopConfig({}) };
      const { keys } = endpoint.forge;
      const bound = await endpoint.token({ cnf: { jkt: keys.own.jkt }, [claim]: 'DPoP' });
      const proof = forgeProof({ ...endpoint.forge, token: bound });
      expect(await outcome(own, { headers: dpop(bound, proof) })).toBe('pass');
      const unbound = await endpoint.token({ [claim]: 'DPoP' });
      expect(await outcome(own, bearer(unbound))).toMatch(/type of the token is not accepted/);
    },
  );

  it.each([
    ['a thumbprint of another form', { jkt: 'x' }],
    ['a thumbprint with spare bits', { jkt: `${'A'.repeat(42)}B` }],
    ['a thumbprint that is no text', { jkt: 1 }],
    ['a whole key', { jwk: {} }],
    ['something unknown beside the thumbprint', { jkt: 'A'.repeat(43), kid: 'k' }],
    ['a certificate, while those are off', { 'x5t#S256': 'A'.repeat(43) }],
    ['nothing', {}],
    ['null', null],
    ['a list', [{ jkt: 'A'.repeat(43) }]],
    ['what every object has', { toString: 'A'.repeat(43) }],
  ])('refuses a token bound to %s, by either scheme', async (_what, cnf) => {
    const own = { dpop: dpopConfig({}) };
    const token = await endpoint.token({ cnf });
    const refused =
      /^401 \w+ error="invalid_token", error_description="the token is bound to a key, which cannot be verified here"/;
    expect(await outcome(own, bearer(token))).toMatch(refused);
    expect(await outcome(own, { headers: dpop(token, endpoint.proof()) })).toMatch(refused);
  });
});

describe('nonces', () => {
  const own = { dpop: dpopConfig({ require_nonce: true, proof_lifetime: 10 }) };
  const ask = async (claims: Readonly<Record<string, unknown>>, from = own) => {
    const headers = dpop(endpoint.forge.token, endpoint.proof({ claims }));
    const kong = await endpoint.send(endpoint.plugin(from), { headers });
    const renewed = kong.callsOf('response.setHeader').map(([, , value]) => String(value))[0];
    return { exit: kong.exit(), renewed };
  };
  const first = async (from = own): Promise<string> =>
    (await ask({}, from)).exit?.headers['DPoP-Nonce'] ?? '';

  it('are given out where one is missing or unknown, and then make the proof count', async () => {
    for (const nonce of [undefined, '', 'x', 1, ['a'], 'A'.repeat(30)]) {
      const { exit } = await ask({ nonce });
      expect(exit?.status).toBe(401);
      expect(exit?.headers['WWW-Authenticate']).toMatch(/^DPoP error="use_dpop_nonce", /);
      expect(exit?.headers['DPoP-Nonce']).toMatch(/^[\w-]{30}$/);
    }
    expect(await ask({ nonce: await first() })).toEqual({ exit: undefined, renewed: undefined });
  });

  it('count for proof_lifetime, whatever the clock of the client says, and are renewed by half', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const nonce = await first();
    const iat = epoch(-86_400);
    expect((await ask({ nonce, iat })).exit).toBeUndefined();
    vi.setSystemTime(Date.now() + 7_000);
    const { exit, renewed } = await ask({ nonce, iat });
    expect(exit).toBeUndefined();
    expect(renewed).toMatch(/^[\w-]{30}$/);
    vi.setSystemTime(Date.now() + 5_000);
    expect((await ask({ nonce, iat })).exit?.headers['WWW-Authenticate']).toMatch(/use_dpop_nonce/);
    expect((await ask({ nonce: renewed, iat })).exit).toBeUndefined();
  });

  it('of another resource are unknown, and so are changed ones', async () => {
    const elsewhere = { ...own, resource: 'https://other.example.com/mcp' };
    const foreign = endpoint.plugin(elsewhere);
    const token = await endpoint.token({
      aud: elsewhere.resource,
      cnf: { jkt: endpoint.forge.keys.own.jkt },
    });
    const proof = forgeProof({ ...endpoint.forge, target: elsewhere.resource, token });
    const kong = await endpoint.send(foreign, { headers: dpop(token, proof) });
    const nonce = kong.exit()?.headers['DPoP-Nonce'];
    expect(nonce).toMatch(/^[\w-]{30}$/);
    expect((await ask({ nonce })).exit?.status).toBe(401);
    const changed = (await first()).replace(/^.{3}/, 'AAA');
    expect((await ask({ nonce: changed })).exit?.status).toBe(401);
  });

  it('do not make a proof count twice', async () => {
    // Another test has been in the next minute: what ends before that is over for this process.
    const longer = { dpop: dpopConfig({ require_nonce: true, proof_lifetime: 60 }) };
    const nonce = await first(longer);
    const jti = 'once';
    expect((await ask({ nonce, jti }, longer)).exit).toBeUndefined();
    const again = await ask({ nonce, jti, iat: 1 }, longer);
    expect(again.exit?.headers['WWW-Authenticate']).toMatch(/used/);
  });
});

describe('tokens bound to a certificate', () => {
  const pem = (text: string) =>
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(text).toString('base64')}\n-----END CERTIFICATE-----\n`;
  const presented = (text: string) => ({ 'nginx.getVar': encodeURIComponent(pem(text)) });
  const bound = (text: string, more = {}) =>
    endpoint.token({ cnf: { 'x5t#S256': certificateDigest(pem(text)), ...more } });
  const own = { mtls_bound_tokens: 'allowed' } as const;

  it('pass with that certificate, and with no other', async () => {
    const token = bearer(await bound('mine'));
    expect(await outcome(own, { ...token, answers: presented('mine') })).toBe('pass');
    const wrong = await outcome(own, { ...token, answers: presented('yours') });
    expect(wrong).toMatch(/^401 Bearer error="invalid_token".*another client certificate/);
    for (const answers of [{}, { 'nginx.getVar': 'x' }, { 'nginx.getVar': '%' }]) {
      expect(await outcome(own, { ...token, answers })).toMatch(/401 .*none was presented/);
    }
  });

  it('are the only ones where they are required', async () => {
    const { forge } = endpoint;
    const required = { mtls_bound_tokens: 'required' } as const;
    const answers = presented('mine');
    expect(await outcome(own, { ...bearer(forge.unbound), answers })).toBe('pass');
    expect(await outcome(required, { ...bearer(forge.unbound), answers })).toMatch(
      /401 .*only tokens bound to a client certificate/,
    );
    expect(await outcome(required, { ...bearer(await bound('mine')), answers })).toBe('pass');
  });

  it('may be bound to a key as well, and then both are proved', async () => {
    const both = { ...own, dpop: dpopConfig({}) };
    const token = await bound('mine', { jkt: endpoint.forge.keys.own.jkt });
    const headers = () => dpop(token, forgeProof({ ...endpoint.forge, token }));
    const answers = presented('mine');
    expect(await outcome(both, { headers: headers(), answers })).toBe('pass');
    expect(await outcome(both, { headers: headers() })).toMatch(/none was presented/);
    expect(await outcome(both, { ...bearer(token), answers })).toMatch(/^401 Bearer .*proof/);
    for (const one of [own, { dpop: dpopConfig({}) }]) {
      expect(await outcome(one, { ...bearer(token), answers })).toMatch(/cannot be verified here/);
    }
  });

  it('cost the others no call to Kong', async () => {
    const { forge, proof } = endpoint;
    const plain = await endpoint.send(endpoint.plugin({ dpop: dpopConfig({}) }), {
      headers: dpop(forge.token, proof()),
    });
    expect(plain.exit()).toBeUndefined();
    expect(plain.callsOf('nginx.getVar')).toEqual([]);
    const asked = await endpoint.send(endpoint.plugin(own), bearer(forge.unbound));
    expect(asked.callsOf('nginx.getVar')).toEqual([['nginx.getVar', 'ssl_client_escaped_cert']]);
    expect(asked.flushes()).toBe(2);
  });
});

describe('the metadata document', () => {
  const members = (own: Parameters<typeof pluginConfig>[0]) => {
    const { metadata } = readConfig(pluginConfig(own));
    return Object.entries(metadata).filter(([name]) => /dpop|tls/.test(name));
  };

  it('says which bound tokens are taken (RFC 9728 section 2)', () => {
    const dpopMode = (mode: 'off' | 'allowed' | 'required') => ({ dpop: dpopConfig({ mode }) });
    const algorithms = ['dpop_signing_alg_values_supported', ['ES256', 'RS256']];
    expect(members({})).toEqual([]);
    expect(members(dpopMode('off'))).toEqual([]);
    expect(members(dpopMode('allowed'))).toEqual([algorithms]);
    expect(members(dpopMode('required'))).toEqual([
      algorithms,
      ['dpop_bound_access_tokens_required', true],
    ]);
    for (const mtls_bound_tokens of ['allowed', 'required'] as const) {
      expect(members({ mtls_bound_tokens })).toEqual([
        ['tls_client_certificate_bound_access_tokens', true],
      ]);
    }
  });
});
