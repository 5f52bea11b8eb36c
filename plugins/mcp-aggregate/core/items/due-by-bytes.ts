import type { RawJson } from '../../../../lib/json/types.js';

/** What is read between two questions whether a turn is over: some twenty microseconds of work. */
const dueBytes = 4_096;
/** An item costs as much as so many bytes before the first of its own is read. */
const bytesOfItem = 256;

/**
 * Tells before each item of a list whether to ask for a turn: to ask costs a tenth of what the
 * smallest item does, and a list has a hundred thousand of those. What an item costs is bounded by
 * its bytes, so that none is begun late.
 */
export function dueByBytes(): (raw: RawJson) => boolean {
  let left = 0;
  return (raw) => {
    left -= raw.length + bytesOfItem;
    if (left > 0) return false;
    left = dueBytes;
    return true;
  };
}
