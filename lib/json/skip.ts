import type { Span } from './types.js';

const quote = 0x22;
const backslash = 0x5c;

/** What a byte outside strings does to the nesting: 1 opens, 2 closes, 3 begins a string. */
const role = new Uint8Array(256);
role[0x7b] = role[0x5b] = 1;
role[0x7d] = role[0x5d] = 2;
role[quote] = 3;

/** Bytes that end a number or literal: whitespace, comma and closing brackets. */
const endsWord = new Uint8Array(256);
for (const char of ' \t\r\n,]}') endsWord[char.charCodeAt(0)] = 1;

/** End of the value that begins at `at`; the bytes must have passed `validateJson`. */
export function skipValue(bytes: Buffer, at: number): number {
  const first = role[bytes[at]!];
  if (first === 3) return skipString(bytes, at);
  if (first === 1) return skipContainer(bytes, at);
  let i = at;
  while (i < bytes.length && endsWord[bytes[i]!] === 0) i++;
  return i;
}

/** Bytes read one by one before the native search, which costs as much as some 60 of them. */
const stride = 64;

/** Offset after the closing quote of the string that begins at `at`, in validated bytes. */
export function skipString(bytes: Buffer, at: number): number {
  let i = searchNear(bytes, at + 1);
  while (i < 0) i = searchFar(bytes, -i);
  return i;
}

/** Offset after the closing quote where it is near, else the negated offset to go on from. */
function searchNear(bytes: Buffer, from: number): number {
  const near = Math.min(from + stride, bytes.length);
  let i = from;
  while (i < near) {
    const byte = bytes[i]!;
    i++;
    if (byte === quote) return i;
    if (byte === backslash) i++;
  }
  return -i;
}

/** The same by native search, which an escaped quote hands back to the near one. */
function searchFar(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(quote, from);
  if (found === -1) return bytes.length;
  const escaped = backslashesBefore(bytes, from, found) % 2 === 1;
  return escaped ? searchNear(bytes, found + 1) : found + 1;
}

/** Backslashes that directly precede `end`, none before `start`, where no escape is under way. */
function backslashesBefore(bytes: Buffer, start: number, end: number): number {
  let i = end;
  while (i > start && bytes[i - 1] === backslash) i--;
  return end - i;
}

function skipContainer(bytes: Buffer, at: number): number {
  let depth = 1;
  let i = at + 1;
  while (i < bytes.length) {
    const what = role[bytes[i]!];
    if (what === 3) {
      i = skipString(bytes, i);
      continue;
    }
    i++;
    if (what === 1) depth++;
    else if (what === 2 && --depth === 0) return i;
  }
  return i;
}

/** Whether the value at `span` holds more than `levels` nested containers, itself included. */
export function nestsDeeperThan(bytes: Buffer, span: Span, levels: number): boolean {
  if (span.end - span.start <= 2 * levels) return false;
  let depth = 0;
  let i = span.start;
  while (i < span.end) {
    const what = role[bytes[i]!];
    if (what === 3) {
      i = skipString(bytes, i);
      continue;
    }
    i++;
    if (what === 1 && ++depth > levels) return true;
    if (what === 2) depth--;
  }
  return false;
}
