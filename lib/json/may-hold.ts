const unicodeEscape = Buffer.from('\\u');

/**
 * Whether the JSON text may have one of `words` in a key or string: false only where that is
 * certain, since a reader finds in a text nothing but what stands there, or `\u` escapes. Searching
 * bytes costs a hundredth of reading members.
 * @param words of letters, and `"` as the end of a key or string
 */
export function mayHold(bytes: Buffer, ...words: readonly string[]): boolean {
  return bytes.includes(unicodeEscape) || words.some((word) => bytes.includes(word));
}
