const backslash = 0x5c;
const slotCount = 1024;
const maxKeyBytes = 48;

/** The same few keys come in every message; a slot holds the key last seen with its hash. */
const slots = new Array<string | undefined>(slotCount).fill(undefined);

/**
 * The text between `start` and `end` where it is short plain ASCII without escapes, else undefined.
 * Comparing with a kept string costs a fifth of decoding a new one.
 */
export function cachedKey(bytes: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  if (length > maxKeyBytes) return undefined;
  let hash = length;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === backslash || byte >= 0x80) return undefined;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  const slot = (hash ^ (hash >>> 10)) & (slotCount - 1);
  const kept = slots[slot];
  if (kept !== undefined && kept.length === length && isTextAt(kept, bytes, start)) return kept;
  const text = bytes.toString('latin1', start, end);
  slots[slot] = text;
  return text;
}

function isTextAt(text: string, bytes: Buffer, start: number): boolean {
  for (let k = 0; k < text.length; k++) {
    if (text.charCodeAt(k) !== bytes[start + k]) return false;
  }
  return true;
}
