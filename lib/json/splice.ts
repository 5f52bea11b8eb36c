import { findMember } from './members.js';
import { skipSpace } from './scan.js';
import type { Member, Span } from './types.js';

const comma = 0x2c;
const closeBrace = 0x7d;

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
    to += copyPart(bytes, at, span.start, made, to);
    to +=
      typeof replacement === 'string'
        ? made.write(replacement, to)
        : copyPart(replacement, 0, replacement.length, made, to);
    at = span.end;
  }
  copyPart(bytes, at, bytes.length, made, to);
  return made;
}

/** As many bytes are copied in the time that `copy` takes for none: it makes a view of its source. */
const fewBytes = 64;

/** Copies the bytes from `start` to `end`, and answers how many they are. */
function copyPart(from: Buffer, start: number, end: number, made: Buffer, to: number): number {
  if (end - start > fewBytes) return from.copy(made, to, start, end);
  for (let i = start; i < end; i++) made[to + i - start] = from[i]!;
  return end - start;
}

/** The edits as they stand in the bytes; those of long lists nearly always come so. */
function inOrder(edits: readonly Edit[]): readonly Edit[] {
  if (edits.length < 2) return edits;
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
 * @param members of that object, those named `key` among them
 */
export function withMember(
  bytes: Buffer,
  objectSpan: Span,
  members: readonly Member[],
  key: string,
  rawValue: Buffer | string,
): Buffer {
  return withMembers(bytes, objectSpan, members, [[key, rawValue]]);
}

/**
 * The same for several members at once; new ones stand in this order.
 * @param entries of keys that differ
 */
export function withMembers(
  bytes: Buffer,
  objectSpan: Span,
  members: readonly Member[],
  entries: readonly (readonly [key: string, rawValue: Buffer | string])[],
): Buffer {
  const place = { start: objectSpan.start + 1, end: objectSpan.start + 1 };
  const isEmpty = bytes[skipSpace(bytes, place.start)] === closeBrace;
  const edits = entries.flatMap(([key, rawValue], n): Edit[] => {
    const existing = findMember(members, key);
    if (existing !== undefined) return [{ span: existing.value, replacement: rawValue }];
    const isLast = isEmpty && n === entries.length - 1;
    return [
      { span: place, replacement: `${encodeString(key)}:` },
      { span: place, replacement: rawValue },
      { span: place, replacement: isLast ? '' : ',' },
    ];
  });
  return splice(bytes, edits);
}

/**
 * The edits that take members out of an object, each with the comma that would be left over; all
 * else keeps its bytes.
 * @param members of one object, in order: those to be taken out
 */
export function removals(bytes: Buffer, members: readonly Member[]): Edit[] {
  const edits: Edit[] = [];
  /** Where the next key begins, as long as all before it is taken out. */
  let gone: number | undefined;
  for (const { keySpan, value } of members) {
    const before = lastBefore(bytes, keySpan.start);
    const isFirst = bytes[before] !== comma || keySpan.start === gone;
    if (isFirst) {
      const after = skipSpace(bytes, value.end);
      gone = bytes[after] === comma ? skipSpace(bytes, after + 1) : value.end;
      edits.push({ span: { start: keySpan.start, end: gone }, replacement: '' });
    } else {
      const start = lastBefore(bytes, before) + 1;
      edits.push({ span: { start, end: value.end }, replacement: '' });
    }
  }
  return edits;
}

/** Offset of the last byte before `at` that is no JSON whitespace, outside of strings. */
function lastBefore(bytes: Buffer, at: number): number {
  let i = at - 1;
  while (skipSpace(bytes, i) !== i) i--;
  return i;
}
