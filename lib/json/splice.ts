import { findMember } from './members.js';
import type { Member, Span } from './types.js';

/** Replaces the bytes of `span`; an empty span inserts. */
export interface Edit {
  readonly span: Span;
  readonly replacement: Buffer | string;
}

/**
 * A copy of `bytes` with the edits made and every other byte as it was. Insertions at one place
 * keep the order they were given in, and come before a replacement that begins there.
 * @throws RangeError on overlapping edits or a span outside the bytes
 */
export function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const sorted = inOrder(edits);
  let length = bytes.length;
  let at = 0;
  for (const { span, replacement } of sorted) {
    if (span.start < at) throw new RangeError('edits overlap');
    if (span.end < span.start || span.end > bytes.length) {
      throw new RangeError('an edit lies outside the bytes');
    }
    at = span.end;
    length += Buffer.byteLength(replacement) - (span.end - span.start);
  }
  const made = Buffer.allocUnsafe(length);
  let to = 0;
  at = 0;
  for (const { span, replacement } of sorted) {
    to += bytes.copy(made, to, at, span.start);
    to +=
      typeof replacement === 'string' ? made.write(replacement, to) : replacement.copy(made, to);
    at = span.end;
  }
  bytes.copy(made, to, at);
  return made;
}

/** The edits as they stand in the bytes; those of long lists nearly always come so. */
function inOrder(edits: readonly Edit[]): readonly Edit[] {
  const before = (a: Edit, b: Edit) => a.span.start - b.span.start || a.span.end - b.span.end;
  const isSorted = edits.every((edit, n) => n === 0 || before(edits[n - 1]!, edit) <= 0);
  return isSorted ? edits : [...edits].sort(before);
}

/** `text` as a JSON string literal, lone surrogates escaped. */
export function encodeString(text: string): string {
  return JSON.stringify(text);
}

/**
 * A copy of `bytes` in which the object at `objectSpan` has `key` with the raw JSON `rawValue`:
 * the last such member is replaced, or a new one is put first.
 * @param members `objectMembers` of that object
 */
export function withMember(
  bytes: Buffer,
  objectSpan: Span,
  members: readonly Member[],
  key: string,
  rawValue: Buffer | string,
): Buffer {
  const existing = findMember(members, key);
  if (existing !== undefined) {
    return splice(bytes, [{ span: existing.value, replacement: rawValue }]);
  }
  const place = { start: objectSpan.start + 1, end: objectSpan.start + 1 };
  return splice(bytes, [
    { span: place, replacement: `${encodeString(key)}:` },
    { span: place, replacement: rawValue },
    { span: place, replacement: members.length > 0 ? ',' : '' },
  ]);
}

/**
 * The edits that take the members `key` out of an object, each with the comma that would be left
 * over; all else keeps its bytes.
 * @param members `objectMembers` of that object
 */
export function removals(members: readonly Member[], key: string): Edit[] {
  const edits: Edit[] = [];
  let keptBefore = false;
  for (const [index, member] of members.entries()) {
    if (member.key !== key) {
      keptBefore = true;
      continue;
    }
    const next = members[index + 1]?.keySpan.start ?? member.value.end;
    const span = keptBefore
      ? { start: members[index - 1]!.value.end, end: member.value.end }
      : { start: member.keySpan.start, end: next };
    edits.push({ span, replacement: '' });
  }
  return edits;
}
