import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setLogLevel } from '../../../../lib/log.js';
import { refusals } from '../../../../plugins/mcp-oauth/core/challenge/refusal.js';
import { proofRefusals } from '../../../../plugins/mcp-oauth/core/holder/proof-refusal.js';
import type { Plugin } from '../../../../plugins/mcp-oauth/plugin.js';
import { forgeProof } from '../../../support/dpop/forge-proof.js';
import type { ProofForge, ProofParts } from '../../../support/dpop/forge-proof.js';
import { dpop, proofCases } from '../../../support/dpop/proof-cases.js';
import type { ExpectedFault, ProofHeaders } from '../../../support/dpop/proof-cases.js';
import { dpopConfig, protectedByProof } from '../../../support/dpop/protected.js';
import type { ProtectedByProof } from '../../../support/dpop/protected.js';
import { epoch } from '../../../support/oauth/signing-key.js';

let endpoint: ProtectedByProof;
let forge: ProofForge;
let plugin: Plugin;

beforeAll(async () => {
  setLogLevel('error');
  endpoint = await protectedByProof();
  ({ forge } = endpoint);
  plugin = endpoint.plugin({ dpop: dpopConfig({}) });
});
afterAll(async () => {
  setLogLevel('info');
  await endpoint[Symbol.asyncDispose]();
});

const send = (headers: ProofHeaders, path = '/mcp') => endpoint.send(plugin, { headers, path });
const proof = (parts: ProofParts = {}) => forgeProof(forge, parts);

/** Status, how the first challenge begins, and what the second one is. */
function challenge(
  expected: ExpectedFault,
  sent: ProofHeaders = {},
): readonly [number, string, RegExp] {
  const scheme = /^dpop /i.test(String(sent['authorization'])) ? 'DPoP' : 'Bearer';
  const other = scheme === 'DPoP' ? /, Bearer resource_/ : /, DPoP resource_/;
  if (expected === 'malformed')
    return [400, 'Bearer error="invalid_request", ', /, DPoP resource_/];
  if (expected === 'no_token') return [401, 'Bearer resource_metadata="', other];
  const [error, why] =
    'proof' in expected
      ? ['invalid_dpop_proof', proofRefusals[expected.proof]]
      : ['invalid_token', refusals[expected.token]];
  return [401, `${scheme} error="${error}", error_description="${why}", `, other];
}

function expectRefusal(
  exit: ReturnType<Awaited<ReturnType<typeof send>>['exit']>,
  [status, begins, other]: ReturnType<typeof challenge>,
): void {
  const header = exit?.headers['WWW-Authenticate'] ?? '';
  expect([exit?.status, header.slice(0, begins.length)]).toEqual([status, begins]);
  expect(header).toMatch(other);
  expect(header).toMatch(/DPoP .*algs="ES256 RS256"/);
}

describe('hostile proofs', () => {
  it('has more than a hundred cases, one per description', () => {
    expect(new Set(proofCases.map(({ what }) => what)).size).toBe(proofCases.length);
    expect(proofCases.length).toBeGreaterThan(100);
  });

  it.each(proofCases.map((one) => [one.what, one] as const))('%s', async (_what, one) => {
    const headers = one.headers(forge);
    const kong = await send(headers);
    const exit = kong.exit();
    expectRefusal(exit, challenge(one.expected, headers));
    expect(JSON.stringify(exit)).not.toContain(forge.token);
    expect(kong.callsOf('ctx.shared.set')).toEqual([]);
  });
});

describe('the same proof, good', () => {
  it.each<[string, () => ProofHeaders]>([
    ['as it is', () => dpop(forge.token, proof())],
    [
      'with the scheme in other case',
      () => ({ authorization: `dpop ${forge.token}`, dpop: proof() }),
    ],
    [
      'by RSA',
      () =>
        dpop(forge.ofRsa, forgeProof({ ...forge, token: forge.ofRsa }, { key: forge.keys.rsa })),
    ],
    [
      'with further members',
      () => dpop(forge.token, proof({ claims: { nonce: 'x', exp: epoch(9) } })),
    ],
    [
      'with a key that says what it is for',
      () =>
        dpop(
          forge.token,
          proof({
            header: {
              jwk: { ...forge.keys.own.publicJwk, use: 'sig', alg: 'ES256', key_ops: ['verify'] },
            },
          }),
        ),
    ],
    [
      'a bearer token beside a proof',
      () => ({ authorization: `Bearer ${forge.unbound}`, dpop: 'x' }),
    ],
  ])('passes %s', async (_what, headers) => {
    const kong = await send(headers());
    expect(kong.exit()).toBeUndefined();
    expect(kong.upstreamHeaders()).not.toHaveProperty('dpop');
    expect(kong.upstreamHeaders()).not.toHaveProperty('authorization');
    expect(kong.flushes()).toBe(2);
  });

  it.each([
    ['HTTPS://MCP.example.com/mcp', '/mcp'],
    ['https://mcp.example.com:443/mcp', '/mcp'],
    ['https://mcp.example.com:/mcp', '/mcp'],
    ['https://mcp.example.com/mcp?query=1', '/mcp'],
    ['https://mcp.example.com/mcp#fragment', '/mcp'],
    ['https://mcp.example.com/%6Dcp', '/mcp'],
    ['https://mcp.example.com/mcp', '/%6d%63p'],
    ['https://mcp.example.com/a/../mcp', '/mcp'],
    ['https://mcp.example.com/./mcp', '/mcp'],
    ['https://mcp.example.com/mcp%2fx', '/mcp%2Fx'],
    ['https://mcp.example.com', '/'],
  ])('passes with htu %s at %s (RFC 3986 sections 6.2.2 and 6.2.3)', async (htu, path) => {
    expect(
      (await send(dpop(forge.token, proof({ claims: { htu } })), path)).exit(),
    ).toBeUndefined();
  });

  it('is asked for again by a token that was verified before, and counts once', async () => {
    const once = proof();
    expect((await send(dpop(forge.token, once))).exit()).toBeUndefined();
    const again = dpop(forge.token, once);
    expectRefusal((await send(again)).exit(), challenge({ proof: 'used' }, again));
    const none = { authorization: `DPoP ${forge.token}` };
    expectRefusal((await send(none)).exit(), challenge({ proof: 'missing' }, none));
  });

  it('counts once however many come at a time', async () => {
    const once = proof();
    const sent = await Promise.all(Array.from({ length: 20 }, () => send(dpop(forge.token, once))));
    expect(sent.filter((kong) => kong.exit() === undefined)).toHaveLength(1);
  });

  it('counts once even where only its time or its signature is another', async () => {
    const jti = crypto.randomUUID();
    const of = (iat: number) => dpop(forge.token, proof({ claims: { jti, iat } }));
    expect((await send(of(epoch()))).exit()).toBeUndefined();
    for (const iat of [epoch(), epoch(-30), epoch(30)]) {
      expect((await send(of(iat))).exit()?.status).toBe(401);
    }
  });
});
