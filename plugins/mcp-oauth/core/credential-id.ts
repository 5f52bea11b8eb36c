import { principalKey } from '../../../lib/identity.js';
import type { Identity } from '../../../lib/identity.js';

/**
 * Credential id for Kong's own plugins: a UUID (RFC 9562 version 8) made of the principal's hash, so
 * that `limit_by: credential` counts per issuer, subject and client.
 */
export function credentialId(identity: Identity): string {
  const bytes = Buffer.from(principalKey(identity), 'base64url').subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
