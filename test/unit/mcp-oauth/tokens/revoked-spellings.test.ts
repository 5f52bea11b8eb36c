import { beforeAll, describe, expect, it } from 'vitest';
import { Revocations, tokenDigest } from '../../../../lib/shared-state/revocations.js';
import { revocable } from '../../../../plugins/mcp-oauth/io/revocable.js';
import { signingKey } from '../../../support/oauth/signing-key.js';
import type { SigningKey } from '../../../support/oauth/signing-key.js';
import { testIssuer } from '../../../support/oauth/test-issuer.js';
import { goodToken, uncachedVerifier } from '../../../support/oauth/uncached-verifier.js';

/** Order of the group of P-256. */
const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
let key: SigningKey;

beforeAll(async () => {
  key = await signingKey('ES256');
});

/** The same token with the other signature that its holder can make of the one they have. */
function mirrored(token: string): string {
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = order - BigInt(`0x${bytes.toString('hex', 32)}`);
  bytes.write(s.toString(16).padStart(64, '0'), 32, 'hex');
  return `${header}.${payload}.${bytes.toString('base64url')}`;
}

describe('a revoked token', () => {
  it('is refused with any signature that verifies', async () => {
    await using issuer = await testIssuer(key);
    const revocations = new Revocations(Date.now);
    const verify = revocable(uncachedVerifier(issuer.url), revocations);
    const token = await goodToken(issuer.url, key);
    expect(await verify(mirrored(token))).toMatchObject({ kind: 'verified' });
    revocations.add({ kind: 'token', digest: tokenDigest(token) }, Date.now() + 60_000);
    const revoked = { kind: 'refused', reason: 'revoked' };
    expect(await verify(token)).toEqual(revoked);
    expect(await verify(mirrored(token))).toEqual(revoked);
  });

  it('is told from other tokens', () => {
    const head = Buffer.from('{"alg":"ES256"}').toString('base64url');
    const digests = [`${head}.a.s`, `${head}.b.s`, 'v2.local.a', 'v2.local.b', 'a', 'b', 'a.b.'];
    expect(new Set(digests.map(tokenDigest)).size).toBe(digests.length);
  });

  it('is one with its padding and without', () => {
    expect(tokenDigest('YWJjZA==')).toBe(tokenDigest('YWJjZA'));
  });
});
