import { cachedKey } from './key-cache.js';
import { skipSpace } from './scan.js';
import { skipString, skipValue } from './skip.js';
import type { JsonKind, Member, Span } from './types.js';

const comma = 0x2c;
const backslash = 0x5c;

/** Most members that `objectMembers` makes a list of; no object that is read so has more. */
export const mostMembers = 1_000;

/** An object has more members than anybody may ask to be read one by one. */
export class TooManyMembersError extends RangeError {
  constructor(most: number) {
    super(`an object has more than ${most} members`);
    this.name = 'TooManyMembersError';
  }
}

/**
 * Members of the object at `span`, in order, duplicates included. The bytes must have passed
 * `validateJson`. Each member costs ten times what it costs to scan it: where an object may be as
 * large as somebody likes, `namedMembers` reads what is wanted of it.
 * @throws TypeError when the value there is no object
 * @throws TooManyMembersError for one more than `most` members; what comes after is not looked at
 */
export function objectMembers(bytes: Buffer, span: Span, most = mostMembers): Member[] {
  if (bytes[span.start] !== 0x7b) throw new TypeError('not an object');
  const members: Member[] = [];
  let i = skipSpace(bytes, span.start + 1);
  while (i < span.end - 1) {
    if (members.length === most) throw new TooManyMembersError(most);
    const keySpan = { start: i, end: skipString(bytes, i) };
    const start = skipSpace(bytes, skipSpace(bytes, keySpan.end) + 1);
    const value = { start, end: skipValue(bytes, start) };
    const key =
      cachedKey(bytes, keySpan.start + 1, keySpan.end - 1) ?? decodeString(bytes, keySpan);
    members.push({ key, keySpan, value, kind: kindOf(bytes, value) });
    i = skipSpace(bytes, value.end);
    if (bytes[i] === comma) i = skipSpace(bytes, i + 1);
  }
  return members;
}

/**
 * Items of the array at `span`, in order, `most` of them at most. The bytes must have passed
 * `validateJson`.
 * @throws TypeError when the value there is no array
 */
export function arrayItems(bytes: Buffer, span: Span, most = Infinity): Span[] {
  const items: Span[] = [];
  if (most > 0) eachItem(bytes, span, (start, end) => items.push({ start, end }) < most);
  return items;
}

/**
 * Shows each item of the array at `span` to `visit`, in order and until it answers false; the same
 * without an object for each.
 */
export function eachItem(
  bytes: Buffer,
  span: Span,
  visit: (start: number, end: number) => boolean | void,
): void {
  if (bytes[span.start] !== 0x5b) throw new TypeError('not an array');
  let i = skipSpace(bytes, span.start + 1);
  while (i < span.end - 1) {
    const end = skipValue(bytes, i);
    if (visit(i, end) === false) return;
    i = skipSpace(bytes, end);
    if (bytes[i] === comma) i = skipSpace(bytes, i + 1);
  }
}

/** The last member named `key`, which is the one JSON.parse would keep. */
export function findMember(members: readonly Member[], key: string): Member | undefined {
  for (let i = members.length - 1; i >= 0; i--) {
    if (members[i]!.key === key) return members[i];
  }
  return undefined;
}

/** Kind of the value at `span`, by its first byte. */
export function kindOf(bytes: Buffer, span: Span): JsonKind {
  switch (bytes[span.start]) {
    case 0x7b:
      return 'object';
    case 0x5b:
      return 'array';
    case 0x22:
      return 'string';
    case 0x74:
    case 0x66:
      return 'boolean';
    case 0x6e:
      return 'null';
    default:
      return 'number';
  }
}

/**
 * The text of the string at `span` (quotes included). A lone surrogate escape stays one: check with
 * `isWellFormedText` where that matters.
 * @throws TypeError when the value there is no string
 */
export function decodeString(bytes: Buffer, span: Span): string {
  if (bytes[span.start] !== 0x22) throw new TypeError('not a string');
  for (let i = span.start + 1; i < span.end - 1; i++) {
    if (bytes[i] === backslash) {
      return JSON.parse(bytes.toString('utf8', span.start, span.end)) as string;
    }
  }
  return bytes.toString('utf8', span.start + 1, span.end - 1);
}

/** Whether the text holds no lone surrogate, so that every parser decodes it alike. */
export function isWellFormedText(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}
