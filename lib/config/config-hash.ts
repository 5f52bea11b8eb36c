import { createHash } from 'node:crypto';

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, canonical(member)]));
}

/**
 * Hash of a plugin configuration, the same on every nginx worker and after a reload: Kong's private
 * keys (`__seq__` differs per worker) and `$refs` are left out, nulls count as absent.
 */
export function configHash(config: Readonly<Record<string, unknown>>): string {
  const own = Object.entries(config).filter(([key]) => !key.startsWith('__') && key !== '$refs');
  const text = JSON.stringify(canonical(Object.fromEntries(own)));
  return createHash('sha256').update(text).digest('base64url').slice(0, 32);
}
