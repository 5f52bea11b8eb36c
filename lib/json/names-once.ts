import { cachedKey } from './key-cache.js';
import { decodeString } from './members.js';
import { skipSpace } from './scan.js';
import { skipString } from './skip.js';

const quote = 0x22;
const colon = 0x3a;
const openBrace = 0x7b;
const openBracket = 0x5b;
const closeBrace = 0x7d;
const closeBracket = 0x5d;

/**
 * Whether no object of a JSON text has a name twice (after unescaping), and all together have at most
 * `most` members, to which lists and objects within lists count. Read in one pass, whatever the
 * nesting. The bytes must have passed `validateJson`.
 */
export function namesOnce(bytes: Buffer, most: number): boolean {
  /** Names of each open object, outermost first; an array has none. */
  const open: (Set<string> | undefined)[] = [];
  let members = 0;
  let i = 0;
  while (i < bytes.length) {
    const byte = bytes[i]!;
    const opens = byte === openBrace || byte === openBracket;
    // One that is a member's value is counted with its name.
    if (opens && open.length > 0 && open.at(-1) === undefined && ++members > most) return false;
    if (byte === openBrace) open.push(new Set());
    else if (byte === openBracket) open.push(undefined);
    else if (byte === closeBrace || byte === closeBracket) open.pop();
    if (byte !== quote) {
      i++;
      continue;
    }
    const end = skipString(bytes, i);
    const names = open.at(-1);
    if (names !== undefined && bytes[skipSpace(bytes, end)] === colon) {
      if (++members > most) return false;
      const name = cachedKey(bytes, i + 1, end - 1) ?? decodeString(bytes, { start: i, end });
      if (names.has(name)) return false;
      names.add(name);
    }
    i = end;
  }
  return true;
}
