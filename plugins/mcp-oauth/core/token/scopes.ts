import { claimAt } from '../identity/claim-path.js';
import type { ClaimPath } from '../identity/claim-path.js';

export { offlineAccess } from '../../../../lib/policy/offline-access.js';

/** In one claim: an introspection answer may hold a MiB of them. */
const mostScopes = 1_000;

/**
 * Scopes of verified claims, from every claim at `paths`: text separated by spaces (RFC 9068
 * §2.2.3), or a list of strings; the first 1,000 of each. A list's item with a space is no scope, and is not cut into some.
 */
export function grantedScopes(
  claims: Readonly<Record<string, unknown>>,
  paths: readonly ClaimPath[],
): readonly string[] {
  return [...new Set(paths.flatMap((path) => scopesIn(claimAt(claims, path))))];
}

function scopesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(' ', mostScopes).filter((word) => word !== '');
  if (!Array.isArray(value)) return [];
  const items = value.slice(0, mostScopes);
  return items.filter((item) => typeof item === 'string' && /^[^ ]+$/.test(item)) as string[];
}
