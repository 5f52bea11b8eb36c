import { fewNamed } from '../../../../lib/json/named-members.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';

/** Members of a result that this gateway reads or replaces. */
const placed = [
  ...['resultType', 'ttlMs', 'cacheScope', '_meta', 'inputRequests', 'requestState'],
  ...['content', 'structuredContent'],
];
/** Members of these names in one result, where each has its place once. */
const mostPlaced = 64;

/** Where they stand in a result, duplicates included, in order. */
export type ResultPlaces = readonly Member[];

/**
 * Looks for them, once for all who need them: to step over the rest of a large result takes longer
 * than a turn of the event loop should. Undefined where there are more than any honest result has.
 */
export function placesOf(result: RawJson): ResultPlaces | undefined {
  return fewNamed(result, { start: 0, end: result.length }, mostPlaced, ...placed);
}

/** Of several members with one name the last, which is the one `JSON.parse` would keep. */
export function lastOf(places: ResultPlaces): ResultPlaces {
  return [...new Map(places.map((member) => [member.key, member])).values()];
}
