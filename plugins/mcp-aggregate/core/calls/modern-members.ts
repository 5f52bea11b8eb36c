import { mayHold } from '../../../../lib/json/may-hold.js';
import { namedMembers } from '../../../../lib/json/named-members.js';
import { removals, splice } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';

/** Members of results that only the era without sessions has (requirement H21, SEP-2549). */
export const modernOnly = ['resultType', 'ttlMs', 'cacheScope'] as const;

/** A result as servers with sessions answer it; every other byte stays. */
export function withoutModernMembers(raw: RawJson): RawJson {
  if (!mayHold(raw, ...modernOnly)) return raw;
  const own = namedMembers(raw, { start: 0, end: raw.length }, ...modernOnly);
  return splice(raw, removals(raw, own));
}
