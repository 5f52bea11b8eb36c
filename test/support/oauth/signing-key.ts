import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';

export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** Public key as it stands in a key set. */
  readonly jwk: JWK;
}

/** A real key pair. */
export async function signingKey(alg: string, kid = `${alg}-key`): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Seconds since the epoch, `offset` from now. */
export function epoch(offset = 0): number {
  return Math.floor(Date.now() / 1000) + offset;
}

/** A signed token; header members set to undefined are left out. */
export async function signToken(
  key: SigningKey,
  claims: JWTPayload,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const full = { alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header };
  const present = Object.entries(full).filter(([, value]) => value !== undefined);
  return new SignJWT(claims)
    .setProtectedHeader(Object.fromEntries(present) as { alg: string })
    .sign(key.privateKey);
}
