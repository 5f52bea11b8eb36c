import { hash } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import type { CryptoKey, JWTPayload } from 'jose';
import type { DpopConfig } from '../../core/holder/holder-config.js';
import { proofClaimsRefusal, proofEnd } from '../../core/holder/proof-claims.js';
import { readProofHeader } from '../../core/holder/proof-header.js';
import type { ProofKey } from '../../core/holder/proof-header.js';
import type { ProofRefusal } from '../../core/holder/proof-refusal.js';
import { sameDigest } from '../../core/holder/same-digest.js';
import type { ProofAsked, ProofVerdict, VerifyProof } from '../../core/holder/verify-proof.js';
import { decodeToken } from '../decode-token.js';
import type { Nonces } from './nonces.js';
import { readKey, thumbprint } from './proof-keys.js';
import type { KnownKey, ProofKeys } from './proof-keys.js';
import type { UsedProofs } from './used-proofs.js';

export interface ProofVerifierParts {
  readonly nonces: Nonces;
  readonly keys: ProofKeys;
  readonly used: UsedProofs;
  /** Clock in milliseconds. */
  readonly now: () => number;
}

/** More members are in no honest proof. */
const mostMembers = 64;

/** A proof that is right in all but perhaps its time and its signature. */
interface ReadProof {
  readonly kind: 'read';
  readonly claims: JWTPayload;
  readonly jwk: ProofKey;
  readonly algorithm: string;
  readonly known: KnownKey | undefined;
}

/**
 * Verifies proofs for one resource (RFC 9449 section 4.3). What costs little comes first, and the
 * signature of what is right in all else only: so nobody without a token for the key causes more than
 * a hash. Only a proof that is good in all is remembered as used.
 */
export function proofVerifier(
  resource: string,
  config: DpopConfig,
  { nonces, keys, used, now }: ProofVerifierParts,
): VerifyProof {
  const { lifetimeSeconds, needsNonce } = config;
  return async (asked) => {
    const seconds = now() / 1000;
    const proof = await readProof(asked, config, keys);
    if (proof.kind !== 'read') return proof;
    const { claims } = proof;

    const nonceAt = needsNonce ? await nonces.issuedAt(resource, claims['nonce']) : undefined;
    const age = seconds - (nonceAt ?? -Infinity);
    if (needsNonce && age > lifetimeSeconds) {
      return { kind: 'nonce_needed', nonce: await nonces.issue(resource, seconds) };
    }
    const end = proofEnd(claims, { lifetimeSeconds, nonceAt }, seconds);
    if (end === undefined) return refused('time');

    const unsigned = await signatureRefusal(asked, proof, keys);
    if (unsigned !== undefined) return refused(unsigned);
    const name = nameOf(asked, claims.jti);
    const first = await used.take({ owner: asked.owner, proof: name, endsAt: end * 1000 });
    if (first !== 'first') return first === 'used' ? refused('used') : { kind: first };
    if (!needsNonce || age <= lifetimeSeconds / 2) return { kind: 'proved' };
    return { kind: 'proved', nonce: await nonces.issue(resource, seconds) };
  };
}

/** All of a proof that can be told without its signature and the time. */
async function readProof(
  { proof, token, jkt, method, target }: ProofAsked,
  { algorithms }: DpopConfig,
  keys: ProofKeys,
): Promise<ReadProof | ProofVerdict> {
  const decoded = decodeToken(proof, mostMembers);
  if (decoded === undefined) return refused('not_a_jwt');
  const header = readProofHeader(decoded.header, algorithms);
  if (!header.ok) return refused(header.reason);
  const { key: jwk, algorithm } = header;
  const known = keys.get(jwk, algorithm);
  if (!sameDigest(known?.jkt ?? (await thumbprint(jwk)), jkt)) return { kind: 'other_key' };
  const claims = decoded.payload;
  const tokenDigest = hash('sha256', token, 'base64url');
  const reason = proofClaimsRefusal(claims, { method, target, tokenDigest });
  if (reason !== undefined) return refused(reason);
  return { kind: 'read', claims, jwk, algorithm, known };
}

async function signatureRefusal(
  { proof, jkt }: ProofAsked,
  { jwk, algorithm, known }: ReadProof,
  keys: ProofKeys,
): Promise<ProofRefusal | undefined> {
  const key = known?.key ?? (await readable(jwk, algorithm));
  if (key === undefined) return 'key';
  if (!(await isSigned(proof, key, algorithm))) return 'signature';
  if (known === undefined) keys.keep(jwk, algorithm, { jkt, key });
  return undefined;
}

async function readable(jwk: ProofKey, algorithm: string): Promise<CryptoKey | undefined> {
  try {
    return await readKey(jwk, algorithm);
  } catch {
    // A point that is on no curve, or a modulus of too few bits.
    return undefined;
  }
}

async function isSigned(proof: string, key: CryptoKey, algorithm: string): Promise<boolean> {
  try {
    await compactVerify(proof, key, { algorithms: [algorithm] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return false;
    throw error;
  }
}

/** `jti` in the context of key and address (RFC 9449 section 11.1), 16 bytes as latin1. */
function nameOf({ jkt, target }: ProofAsked, jti: unknown): string {
  return hash('sha256', JSON.stringify([jkt, target, jti]), 'buffer').toString('latin1', 0, 16);
}

function refused(reason: ProofRefusal): ProofVerdict {
  return { kind: 'refused', reason };
}
