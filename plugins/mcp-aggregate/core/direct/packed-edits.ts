import type { Edit } from '../../../../lib/json/splice.js';

/**
 * Edits as one text, for the function in Kong that carries them out: for each `start end length:`, byte
 * offsets into the message and the length of what comes in their place, which follows. In order.
 */
export function packEdits(edits: readonly Edit[]): string {
  const sorted = [...edits].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  let at = 0;
  return sorted
    .map(({ span, replacement }) => {
      if (span.start < at) throw new RangeError('edits overlap');
      at = span.end;
      return `${span.start} ${span.end} ${Buffer.byteLength(replacement)}:${replacement.toString()}`;
    })
    .join('');
}
