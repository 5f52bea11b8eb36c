import type { CacheHints } from '../calls/upstream-port.js';

/** A list is not fetched more often than this where its server says that it holds no longer. */
const leastMs = 5_000;

/** What holds for a list of which nothing is said. */
export const uncached: CacheHints = { ttlMs: 0, isPrivate: true };

/**
 * Milliseconds after which a list is fetched again: what the configuration says, or sooner where the
 * server says that it holds no longer. A server that says 0 leaves the time to us.
 */
export function refreshMs(configuredMs: number, said: CacheHints | undefined): number {
  const ms = said?.ttlMs ?? 0;
  return ms === 0 ? configuredMs : Math.min(configuredMs, Math.max(leastMs, ms));
}

/** What is left of a list's time after `ageMs`. */
export function leftOf(said: CacheHints | undefined, ageMs: number): CacheHints {
  if (said === undefined) return uncached;
  return { ...said, ttlMs: Math.max(0, Math.floor(said.ttlMs - ageMs)) };
}
