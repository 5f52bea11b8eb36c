import { cachedKey } from './key-cache.js';
import { decodeString } from './members.js';
import { skipSpace } from './scan.js';
import { skipString } from './skip.js';

const colon = 0x3a;
const openBrace = 0x7b;

/** What a byte outside strings does. */
const nothing = 0;
const string = 1;
const opens = 2;
const closes = 3;
const role = new Uint8Array(256);
role[0x22] = string;
role[openBrace] = role[0x5b] = opens;
role[0x7d] = role[0x5d] = closes;

/**
 * Whether no object of a JSON text has a name twice (after unescaping), and all together have at most
 * `most` members, to which lists and objects within lists count. Read in one pass, whatever the
 * nesting. The bytes must have passed `validateJson`.
 */
export function namesOnce(bytes: Buffer, most: number): boolean {
  /** Names of each open object, outermost first; an array has none. */
  const open: (Set<string> | undefined)[] = [];
  let names: Set<string> | undefined;
  let members = 0;
  let i = 0;
  while (i < bytes.length) {
    const what = role[bytes[i]!]!;
    if (what === nothing) {
      i++;
    } else if (what === string) {
      const end = skipString(bytes, i);
      if (names !== undefined && bytes[skipSpace(bytes, end)] === colon) {
        if (++members > most) return false;
        const name = cachedKey(bytes, i + 1, end - 1) ?? decodeString(bytes, { start: i, end });
        if (names.has(name)) return false;
        names.add(name);
      }
      i = end;
    } else if (what === closes) {
      open.pop();
      names = open[open.length - 1];
      i++;
    } else {
      // One that is a member's value is counted with its name.
      if (open.length > 0 && names === undefined && ++members > most) return false;
      names = bytes[i] === openBrace ? new Set() : undefined;
      open.push(names);
      i++;
    }
  }
  return true;
}
