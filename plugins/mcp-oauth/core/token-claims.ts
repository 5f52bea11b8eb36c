import type { Identity } from '../../../lib/identity.js';
import type { Refusal } from './refusal.js';
import { grantedScopes } from './scopes.js';
import type { TokenType } from './token-header.js';

type Claims = Readonly<Record<string, unknown>>;

const maxNameLength = 512;
const idTokenClaims = ['nonce', 'at_hash', 'c_hash'];
// Control characters have no place in a name; lone surrogates would all hash alike.
const unfit = /[\p{Cc}\p{Cs}]/u;

export type ClaimsResult =
  | { readonly ok: true; readonly identity: Identity & { readonly expiresAt: number } }
  | { readonly ok: false; readonly reason: Refusal };

/**
 * Reads the identity out of claims whose signature, issuer, audience and times hold, refusing what
 * a JWT library leaves open: infinite times, ID tokens, key-bound tokens, misshaped names.
 */
export function identityOf(claims: Claims, type: TokenType, token: string): ClaimsResult {
  const reason = claimsRefusal(claims, type);
  if (reason !== undefined) return { ok: false, reason };
  const clientId = name(claims['client_id'] ?? claims['azp']) ?? '';
  const subject = name(claims['sub']) ?? clientId;
  return {
    ok: true,
    identity: {
      issuer: String(claims['iss']),
      subject,
      clientId,
      scopes: grantedScopes(claims),
      claims,
      expiresAt: Number(claims['exp']),
      token,
    },
  };
}

function claimsRefusal(claims: Claims, type: TokenType): Refusal | undefined {
  if (Object.hasOwn(claims, 'cnf')) return 'key_bound';
  if (type !== 'at+jwt' && idTokenClaims.some((claim) => Object.hasOwn(claims, claim))) {
    return 'type';
  }
  if (!Number.isFinite(claims['exp'])) return 'claims';
  const names = ['sub', 'client_id', 'azp'].filter((claim) => Object.hasOwn(claims, claim));
  if (names.length === 0) return 'claims';
  return names.every((claim) => name(claims[claim]) !== undefined) ? undefined : 'claims';
}

function name(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > maxNameLength) return undefined;
  return unfit.test(value) ? undefined : value;
}
