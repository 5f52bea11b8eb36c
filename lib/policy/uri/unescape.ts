import { isUtf8 } from 'node:buffer';

const percent = 0x25;
const hexDigits = '0123456789abcdef';
const valueOf = Array.from({ length: 256 }, (_, byte) =>
  hexDigits.indexOf(String.fromCharCode(byte).toLowerCase()),
);

/**
 * The text with its percent escapes undone once (RFC 3986 §2.1), as UTF-8. Escapes of bytes that are
 * no UTF-8 stay, in lower case. Linear, and without an exception for what is malformed: texts come
 * from anyone.
 */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = Buffer.from(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const high = bytes[at] === percent ? (valueOf[bytes[at + 1] ?? 0] ?? -1) : -1;
    const low = high < 0 ? -1 : (valueOf[bytes[at + 2] ?? 0] ?? -1);
    bytes[length++] = low < 0 ? bytes[at]! : high * 16 + low;
    if (low >= 0) at += 2;
  }
  const decoded = bytes.subarray(0, length);
  return isUtf8(decoded) ? decoded.toString() : withoutInvalid(decoded);
}

/** Bytes that belong to no character are escaped again. */
function withoutInvalid(bytes: Buffer): string {
  const out = Buffer.allocUnsafe(bytes.length * 3);
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    const size = sizeOf(bytes, at);
    if (size === 0) {
      const byte = bytes[at++]!;
      out[length++] = percent;
      out[length++] = hexDigits.charCodeAt(byte >> 4);
      out[length++] = hexDigits.charCodeAt(byte & 15);
      continue;
    }
    for (const end = at + size; at < end; at++) out[length++] = bytes[at]!;
  }
  return out.toString('utf8', 0, length);
}

/** Bytes of the character that begins at `at`; 0 where none does (RFC 3629 §4). */
function sizeOf(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  if (second < (least.get(first) ?? 0x80) || second > (most.get(first) ?? 0xbf)) return 0;
  for (let next = at + 2; next < at + size; next++) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return size;
}

/** Second bytes where not all are permitted: no overlong forms, surrogates, or beyond U+10FFFF. */
const least: ReadonlyMap<number, number> = new Map([
  [0xe0, 0xa0],
  [0xf0, 0x90],
]);
const most: ReadonlyMap<number, number> = new Map([
  [0xed, 0x9f],
  [0xf4, 0x8f],
]);
