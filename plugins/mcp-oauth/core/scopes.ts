/** Never asked for and never advertised (A15): refresh tokens are between client and issuer. */
export const offlineAccess = 'offline_access';

/**
 * Scopes of verified claims: `scope` as RFC 9068 §2.2.3 has it, or `scp` as some issuers name it;
 * either a space-separated string or a list of strings.
 */
export function grantedScopes(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const value = claims['scope'] ?? claims['scp'];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const words = list.flatMap((item) => (typeof item === 'string' ? item.split(' ') : []));
  return [...new Set(words.filter((word) => word !== ''))];
}

/** Whether `granted` holds every scope of `needed`: the one place that decides sufficiency (A13). */
export function sufficient(needed: readonly string[], granted: readonly string[]): boolean {
  return needed.every((scope) => granted.includes(scope));
}
