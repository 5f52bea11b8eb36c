import { isMembers } from './members.js';

/** Lists of an entity whose order means nothing. */
const sets: ReadonlySet<string> = new Set(['tags', 'methods', 'protocols', 'hosts']);

/**
 * Whether an entity holds all that is wanted of it. What it holds beside that are Kong's defaults:
 * what was once wanted and is no longer is for the digest to tell.
 */
export function holds(present: unknown, wanted: unknown, name = ''): boolean {
  if (wanted === null || wanted === undefined) return present === null || present === undefined;
  if (Array.isArray(wanted)) {
    // Kong stores an empty list of some kinds as an empty object.
    if (!Array.isArray(present)) return wanted.length === 0 && isEmpty(present);
    if (present.length !== wanted.length) return false;
    const [own, other] = sets.has(name) ? [sorted(present), sorted(wanted)] : [present, wanted];
    return other.every((one, index) => holds(own[index], one));
  }
  if (!isMembers(wanted)) return present === wanted;
  if (!isMembers(present)) return Object.keys(wanted).length === 0 && isEmpty(present);
  return Object.entries(wanted).every(([key, value]) => holds(present[key], value, key));
}

const sorted = (list: readonly unknown[]): unknown[] => [...list].sort();

const isEmpty = (value: unknown): boolean =>
  (Array.isArray(value) && value.length === 0) ||
  (isMembers(value) && Object.keys(value).length === 0);
