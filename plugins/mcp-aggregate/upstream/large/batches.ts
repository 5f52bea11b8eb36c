import type { RawJson } from '../../../../lib/json/types.js';

/** The items in order, in groups of so many bytes or of one. */
export function* batches(raws: readonly RawJson[], most: number) {
  let from = 0;
  let bytes = 0;
  for (const [index, raw] of raws.entries()) {
    if (index > from && bytes + raw.length > most) {
      yield { from, batch: raws.slice(from, index) };
      from = index;
      bytes = 0;
    }
    bytes += raw.length;
  }
  if (from < raws.length) yield { from, batch: raws.slice(from) };
}
