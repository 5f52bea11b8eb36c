import { kindOf } from './members.js';
import { skipSpace } from './scan.js';
import { skipString, skipValue } from './skip.js';
import type { Member, Span } from './types.js';

const comma = 0x2c;
const backslash = 0x5c;
const openBrace = 0x7b;

/** What the second byte of an escape stands for, by that byte; 0 where it is none of one letter. */
const shortEscapes = new Uint8Array(256);
for (const [letter, char] of Object.entries({ b: 8, f: 12, n: 10, r: 13, t: 9 })) {
  shortEscapes[letter.charCodeAt(0)] = char;
}
for (const char of '"\\/') shortEscapes[char.charCodeAt(0)] = char.charCodeAt(0);

/**
 * The members of the object at `span` that have one of these names after unescaping, in order,
 * duplicates included. Others cost no more than to step over them, so that nobody can make an object
 * dear by the number of its members. The bytes must have passed `validateJson`.
 * @param names of ASCII characters
 * @throws TypeError when the value there is no object
 */
export function namedMembers(bytes: Buffer, span: Span, ...names: readonly string[]): Member[] {
  return fewNamed(bytes, span, Infinity, ...names)!;
}

/** The same, or undefined where they are more than `most`; what comes after is not looked at. */
export function fewNamed(
  bytes: Buffer,
  span: Span,
  most: number,
  ...names: readonly string[]
): Member[] | undefined {
  const members: Member[] = [];
  let fit = true;
  eachNamed(bytes, span, names, (key, keyStart, keyEnd, start, end) => {
    fit = members.length < most;
    const value = { start, end };
    const keySpan = { start: keyStart, end: keyEnd };
    if (fit) members.push({ key, keySpan, value, kind: kindOf(bytes, value) });
    return fit;
  });
  return fit ? members : undefined;
}

/**
 * The same, of several members with one name only the last, which is the one JSON.parse would keep.
 */
export function lastNamed(bytes: Buffer, span: Span, ...names: readonly string[]): Member[] {
  const places = new Map<string, [keyStart: number, keyEnd: number, start: number, end: number]>();
  eachNamed(bytes, span, names, (key, ...place) => {
    places.set(key, place);
    return true;
  });
  return [...places].map(([key, [keyStart, keyEnd, start, end]]) => {
    const value = { start, end };
    return { key, keySpan: { start: keyStart, end: keyEnd }, value, kind: kindOf(bytes, value) };
  });
}

/** @param visit answers false to end it */
function eachNamed(
  bytes: Buffer,
  span: Span,
  names: readonly string[],
  visit: (key: string, keyStart: number, keyEnd: number, start: number, end: number) => boolean,
): void {
  if (bytes[span.start] !== openBrace) throw new TypeError('not an object');
  const shortest = Math.min(...names.map(({ length }) => length));
  const end = span.end - 1;
  let i = toToken(bytes, span.start + 1);
  while (i < end) {
    const keyStart = i;
    const keyEnd = skipString(bytes, i);
    const start = toToken(bytes, toToken(bytes, keyEnd) + 1);
    const valueEnd = skipValue(bytes, start);
    if (keyEnd - keyStart - 2 >= shortest) {
      const name = nameAt(bytes, keyStart + 1, keyEnd - 1, names);
      if (name !== undefined && !visit(name, keyStart, keyEnd, start, valueEnd)) return;
    }
    i = toToken(bytes, valueEnd);
    if (bytes[i] === comma) i = toToken(bytes, i + 1);
  }
}

/** As `skipSpace`, for where there is seldom any. */
function toToken(bytes: Buffer, at: number): number {
  return bytes[at]! > 0x20 ? at : skipSpace(bytes, at);
}

function nameAt(
  bytes: Buffer,
  start: number,
  end: number,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    if (end - start >= name.length && isNameAt(bytes, start, end, name)) return name;
  }
  return undefined;
}

/** Compares character by character, escapes undone, up to the first that differs. */
function isNameAt(bytes: Buffer, start: number, end: number, name: string): boolean {
  let i = start;
  for (let k = 0; k < name.length; k++) {
    if (i >= end) return false;
    let char = bytes[i]!;
    if (char !== backslash) i++;
    else if (bytes[i + 1] === 0x75) {
      char = codeUnitAt(bytes, i + 2);
      i += 6;
    } else {
      char = shortEscapes[bytes[i + 1]!]!;
      i += 2;
    }
    if (char !== name.charCodeAt(k)) return false;
  }
  return i === end;
}

/** The value of four hexadecimal digits. */
function codeUnitAt(bytes: Buffer, at: number): number {
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i]!;
    unit = unit * 16 + (byte <= 0x39 ? byte - 0x30 : (byte & 0xdf) - 0x37);
  }
  return unit;
}
