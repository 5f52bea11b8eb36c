import { decodeString, findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { RawJson, Span } from '../../../../lib/json/types.js';
import { lastOf } from '../eras/result-places.js';
import type { ResultPlaces } from '../eras/result-places.js';
import type { CacheHints } from '../calls/upstream-port.js';

/** A list is not fetched more often than this where its server says that it holds no longer. */
const leastMs = 5_000;
/** A longer time is cut: it is a hint, and a number that no timer takes. */
const longestMs = 86_400_000;

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

/** What a result says of itself; where it says nothing, it holds for nobody else and no longer. */
export function readHints(result: RawJson, places?: ResultPlaces): CacheHints {
  const members = places
    ? lastOf(places)
    : lastNamed(result, { start: 0, end: result.length }, 'ttlMs', 'cacheScope');
  const ttl = findMember(members, 'ttlMs');
  const scope = findMember(members, 'cacheScope');
  const ms = ttl?.kind === 'number' ? Number(textOf(result, ttl.value)) : 0;
  const isPublic = scope?.kind === 'string' && decodeString(result, scope.value) === 'public';
  return {
    ttlMs: Number.isFinite(ms) ? Math.min(longestMs, Math.max(0, Math.floor(ms))) : 0,
    isPrivate: !isPublic,
  };
}

function textOf(bytes: RawJson, { start, end }: Span): string {
  return bytes.toString('latin1', start, end);
}

/** What is left of a list's time after `ageMs`. */
export function leftOf(said: CacheHints | undefined, ageMs: number): CacheHints {
  if (said === undefined) return uncached;
  return { ...said, ttlMs: Math.max(0, Math.floor(said.ttlMs - ageMs)) };
}
