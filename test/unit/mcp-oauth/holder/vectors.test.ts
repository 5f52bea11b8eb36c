import { expect, it } from 'vitest';
import { certificateDigest } from '../../../../plugins/mcp-oauth/core/holder/certificate.js';
import type { ProofAsked } from '../../../../plugins/mcp-oauth/core/holder/verify-proof.js';
import { Nonces } from '../../../../plugins/mcp-oauth/io/dpop/nonces.js';
import { ProofKeys, thumbprint } from '../../../../plugins/mcp-oauth/io/dpop/proof-keys.js';
import { proofVerifier } from '../../../../plugins/mcp-oauth/io/dpop/proof-verifier.js';

/** RFC 9449 section 7.1, figure 13. */
const figure13: ProofAsked = {
  proof:
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA',
  token: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
  jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
  method: 'GET',
  target: 'https://resource.example.org/protectedresource',
  owner: 'a'.repeat(32),
};

/** RFC 9449 section 4.2, figure 2: for the token endpoint, so that it speaks of no token. */
const figure2 =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg';

const settings = { mode: 'allowed', algorithms: ['ES256'], lifetimeSeconds: 60 } as const;

function verifierAt(seconds: number) {
  return proofVerifier(
    'https://resource.example.org',
    { ...settings, needsNonce: false },
    {
      nonces: new Nonces(() => Promise.reject(new Error('no nonce is needed'))),
      keys: new ProofKeys(),
      used: { take: () => 'first' },
      now: () => seconds * 1000,
    },
  );
}

it('the proof of RFC 9449 section 7.1 is good in its time, with its token and its key', async () => {
  const verify = verifierAt(1_562_262_618);
  expect(await verify(figure13)).toEqual({ kind: 'proved' });
  const { proof } = figure13;
  const forged = `${proof.slice(0, -1)}${proof.endsWith('A') ? 'Q' : 'A'}`;
  expect(await verify({ ...figure13, proof: forged })).toMatchObject({ reason: 'signature' });
  expect(await verifierAt(1_562_262_700)(figure13)).toMatchObject({ reason: 'time' });
  expect(await verify({ ...figure13, token: 'another' })).toMatchObject({ reason: 'token' });
  expect(await verify({ ...figure13, jkt: 'A'.repeat(43) })).toEqual({ kind: 'other_key' });
});

it('the proof of section 4.2 is for the token endpoint, and none for a resource', async () => {
  const asked = { ...figure13, proof: figure2, method: 'POST' };
  const target = 'https://server.example.com/token';
  expect(await verifierAt(1_562_262_616)({ ...asked, target })).toEqual({
    kind: 'refused',
    reason: 'claims',
  });
});

it('the thumbprint of RFC 7638 section 3.1 is its key’s', async () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
  expect(await thumbprint({ kty: 'RSA', n, e: 'AQAB' })).toBe(
    'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  );
});

it('the certificate of RFC 8705 appendix A has its digest', () => {
  const pem = `-----BEGIN CERTIFICATE-----
MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx
ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ
/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID
SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV
bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=
-----END CERTIFICATE-----
`;
  const digest = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0';
  expect(certificateDigest(encodeURIComponent(pem))).toBe(digest);
  expect(certificateDigest(pem)).toBe(digest);
  for (const none of ['', 'x', '%', encodeURIComponent(`${pem}${pem}`), ' '.repeat(40_000)]) {
    expect(certificateDigest(none)).toBeUndefined();
  }
});
