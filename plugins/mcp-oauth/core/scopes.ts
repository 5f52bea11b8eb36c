export { offlineAccess } from '../../../lib/policy/offline-access.js';

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
