import { isUtf8 } from 'node:buffer';
import type { Span } from './types.js';

/** The bytes are not JSON. `offset` is the byte where reading stopped; no content is quoted. */
export class JsonSyntaxError extends Error {
  readonly offset: number;
  readonly reason: string;

  constructor(offset: number, reason: string) {
    super(`${reason} at byte ${offset}`);
    this.name = 'JsonSyntaxError';
    this.offset = offset;
    this.reason = reason;
  }
}

/** The value is nested deeper than it may be; what comes after has not been looked at. */
export class NestingError extends JsonSyntaxError {}

export interface ScanOptions {
  /** Deepest nesting of objects and arrays; default 512. */
  readonly maxDepth?: number;
}

export const defaultMaxDepth = 512;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Bytes at which a string does not simply go on: control characters, quote and backslash. */
const stopsString = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === quote || byte === backslash ? 1 : 0,
);
const isHex = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9a-fA-F]/.test(String.fromCharCode(byte)) && byte < 0x80 ? 1 : 0,
);
const isShortEscape = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/**
 * Checks that the bytes are exactly one JSON value (RFC 8259) in UTF-8 without BOM, and answers
 * where it stands.
 * @throws JsonSyntaxError
 */
export function validateJson(bytes: Buffer, options: ScanOptions = {}): Span {
  if (!isUtf8(bytes)) throw new JsonSyntaxError(0, 'the body is not valid UTF-8');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new JsonSyntaxError(0, 'a byte order mark is not allowed');
  }
  const start = skipSpace(bytes, 0);
  const end = scanValue(bytes, start, options.maxDepth ?? defaultMaxDepth);
  const rest = skipSpace(bytes, end);
  if (rest !== bytes.length) throw new JsonSyntaxError(rest, 'unexpected bytes after the value');
  return { start, end };
}

/** First offset at or after `at` that is no JSON whitespace. */
export function skipSpace(bytes: Buffer, at: number): number {
  let i = at;
  for (; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
  }
  return i;
}

/** Closing byte of each open container; scanning is synchronous, so one stack serves all scans. */
let closers = new Uint8Array(defaultMaxDepth + 1);

/**
 * Checks the value that begins at `at` and answers its end. Non-recursive: depth costs no stack.
 * @throws JsonSyntaxError
 */
function scanValue(bytes: Buffer, at: number, maxDepth: number): number {
  if (closers.length <= maxDepth) closers = new Uint8Array(maxDepth + 1);
  const stack = closers;
  let depth = 0;
  let i = at;
  for (;;) {
    const byte = bytes[i];
    if (byte === openBrace || byte === openBracket) {
      if (depth >= maxDepth) throw new NestingError(i, `nesting deeper than ${maxDepth}`);
      const closer = byte === openBrace ? closeBrace : closeBracket;
      stack[++depth] = closer;
      i = skipSpace(bytes, i + 1);
      if (bytes[i] !== closer) {
        if (closer === closeBrace) i = scanKey(bytes, i);
        continue;
      }
    } else if (byte === quote) {
      i = scanString(bytes, i);
    } else {
      i = scanWord(bytes, i);
    }
    for (;;) {
      if (depth === 0) return i;
      i = skipSpace(bytes, i);
      if (bytes[i] === comma) {
        i = skipSpace(bytes, i + 1);
        if (stack[depth] === closeBrace) i = scanKey(bytes, i);
        break;
      }
      if (bytes[i] !== stack[depth]) {
        throw unexpected(bytes, i, stack[depth] === closeBrace ? "',' or '}'" : "',' or ']'");
      }
      i++;
      depth--;
    }
  }
}

/** Checks a key and its colon; answers where the value begins. */
function scanKey(bytes: Buffer, at: number): number {
  if (bytes[at] !== quote) throw unexpected(bytes, at, 'a key');
  const end = skipSpace(bytes, scanString(bytes, at));
  if (bytes[end] !== colon) throw unexpected(bytes, end, "':'");
  return skipSpace(bytes, end + 1);
}

/** Checks the string whose opening quote is at `at`; answers the offset after its closing quote. */
function scanString(bytes: Buffer, at: number): number {
  let i = at + 1;
  for (;;) {
    i = skipPlain(bytes, i);
    const byte = bytes[i];
    if (byte === quote) return i + 1;
    if (byte !== backslash) {
      throw byte === undefined
        ? new JsonSyntaxError(i, 'a string does not end')
        : new JsonSyntaxError(i, 'a raw control character in a string');
    }
    i = scanEscape(bytes, i + 1);
  }
}

/** First offset at or after `at` where a string does not simply go on; eight bytes a step. */
function skipPlain(bytes: Buffer, at: number): number {
  const stops = stopsString;
  const last = bytes.length - 8;
  let i = at;
  while (
    i <= last &&
    (stops[bytes[i]!]! |
      stops[bytes[i + 1]!]! |
      stops[bytes[i + 2]!]! |
      stops[bytes[i + 3]!]! |
      stops[bytes[i + 4]!]! |
      stops[bytes[i + 5]!]! |
      stops[bytes[i + 6]!]! |
      stops[bytes[i + 7]!]!) ===
      0
  ) {
    i += 8;
  }
  while (i < bytes.length && stops[bytes[i]!] === 0) i++;
  return i;
}

function scanEscape(bytes: Buffer, at: number): number {
  const byte = bytes[at] ?? 0;
  if (isShortEscape[byte] === 1) return at + 1;
  if (byte === 0x75) {
    let i = at + 1;
    while (i < at + 5 && isHex[bytes[i] ?? 0] === 1) i++;
    if (i === at + 5) return i;
  }
  throw new JsonSyntaxError(at - 1, 'an escape that JSON does not know');
}

/** Checks a number or a literal. */
function scanWord(bytes: Buffer, at: number): number {
  switch (bytes[at]) {
    case 0x74:
      return scanLiteral(bytes, at, 'true');
    case 0x66:
      return scanLiteral(bytes, at, 'false');
    case 0x6e:
      return scanLiteral(bytes, at, 'null');
    default:
      return scanNumber(bytes, at);
  }
}

function scanLiteral(bytes: Buffer, at: number, word: string): number {
  for (let k = 1; k < word.length; k++) {
    if (bytes[at + k] !== word.charCodeAt(k)) throw unexpected(bytes, at, 'a value');
  }
  return at + word.length;
}

function scanNumber(bytes: Buffer, at: number): number {
  let i = bytes[at] === 0x2d ? at + 1 : at;
  if (bytes[i] === 0x30) {
    i++;
    if (isDigit(bytes[i])) throw new JsonSyntaxError(at, 'a number with a leading zero');
  } else {
    i = scanDigits(bytes, i, at);
  }
  if (bytes[i] === 0x2e) i = scanDigits(bytes, i + 1, at);
  if (bytes[i] === 0x65 || bytes[i] === 0x45) {
    const signed = bytes[i + 1] === 0x2b || bytes[i + 1] === 0x2d;
    i = scanDigits(bytes, signed ? i + 2 : i + 1, at);
  }
  return i;
}

function scanDigits(bytes: Buffer, at: number, valueStart: number): number {
  let i = at;
  while (isDigit(bytes[i])) i++;
  if (i === at) throw unexpected(bytes, valueStart, 'a value');
  return i;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function unexpected(bytes: Buffer, at: number, wanted: string): JsonSyntaxError {
  return at >= bytes.length
    ? new JsonSyntaxError(bytes.length, `the text ends where ${wanted} was expected`)
    : new JsonSyntaxError(at, `${wanted} expected`);
}
