import { hash } from 'node:crypto';
import type { Identity } from '../../../../lib/identity/identity.js';
import { claimAt } from './claim-path.js';
import type { ClaimPath } from './claim-path.js';

/**
 * Credential id for Kong's own plugins: a UUID (RFC 9562 version 8) hashed from the issuer and the
 * claim at `path`, so that `limit_by: credential` counts per user, whatever clients the user
 * registers. Where the token lacks the claim, the subject stands for it.
 */
export function credentialId(identity: Identity, path: ClaimPath): string {
  const { issuer, subject, claims } = identity;
  const claim = claimAt(claims, path);
  const known = typeof claim === 'string' || Number.isFinite(claim);
  const parts = known ? [issuer, path, claim] : [issuer, 'subject', subject];
  const bytes = hash('sha256', JSON.stringify(parts), 'buffer').subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
