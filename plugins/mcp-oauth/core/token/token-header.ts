import type { Refusal } from '../challenge/refusal.js';

type Members = Readonly<Record<string, unknown>>;

/** Accepted `typ` values as configured. */
export type TokenType = 'at+jwt' | 'JWT' | 'absent';

export interface HeaderRules {
  readonly algorithms: readonly string[];
  readonly tokenTypes: readonly TokenType[];
}

/**
 * Checks the JOSE header before any key is looked up; undefined when it is acceptable. `jwk`, `jku`,
 * `x5u` and `x5c` may stand there but never choose a key.
 */
export function headerRefusal(header: Members, rules: HeaderRules): Refusal | undefined {
  // Extensions this gateway would have to understand (RFC 7515 §4.1.11, RFC 7797).
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return 'header';
  if (typeof header['alg'] !== 'string' || !rules.algorithms.includes(header['alg'])) {
    return 'algorithm';
  }
  const type = tokenType(header);
  return type !== undefined && rules.tokenTypes.includes(type) ? undefined : 'type';
}

/** The `typ` of a header: a media type whose `application/` may be left out (RFC 7515 §4.1.9). */
export function tokenType(header: Members): TokenType | undefined {
  const typ = header['typ'];
  if (typ === undefined) return 'absent';
  if (typeof typ !== 'string') return undefined;
  const short = typ.toLowerCase().replace(/^application\//, '');
  if (short === 'at+jwt') return 'at+jwt';
  return short === 'jwt' ? 'JWT' : undefined;
}
