import { isPlainText } from '../../../../lib/json/protocol-keys.js';

/** What the protocol asks of a tool's name (`server/tools`, SEP-986): 1 to 128 of these characters. */
const namePattern = /^[A-Za-z0-9_.-]{1,128}$/;

/** Characters of a name at most, with its prefix. */
export const longestName = 128;

const tooLong = `with its prefix the name is longer than ${longestName} characters`;

/** Several clients cut or refuse longer names. */
export const longName = 64;

export function isToolName(name: string): boolean {
  return namePattern.test(name);
}

/** Why a name, with its prefix, is none for a tool; undefined where it is. */
export function toolNameFault(name: string): string | undefined {
  if (name.length > longestName) return tooLong;
  return isToolName(name) ? undefined : 'the name has other characters than A-Z a-z 0-9 _ . -';
}

/** The same for a prompt, whose name may be any text. */
export function promptNameFault(name: string): string | undefined {
  if (name.length > longestName) return tooLong;
  return isPlainText(name) ? undefined : 'the name has control characters or lone surrogates';
}

/** Entries by prefix: each name belongs to one of them, whatever any server lists. */
export class PrefixIndex<T> {
  readonly #byPrefix = new Map<string, T>();
  /** Of the prefixes, the longest first. */
  readonly #lengths: readonly number[];

  constructor(entries: readonly T[], prefixOf: (entry: T) => string) {
    for (const entry of entries) {
      const prefix = prefixOf(entry);
      if (!this.#byPrefix.has(prefix)) this.#byPrefix.set(prefix, entry);
    }
    const lengths = new Set([...this.#byPrefix.keys()].map((prefix) => prefix.length));
    this.#lengths = [...lengths].sort((a, b) => b - a);
  }

  /** The entry with the longest prefix that begins `name`. */
  ownerOf(name: string): T | undefined {
    for (const length of this.#lengths) {
      if (length > name.length) continue;
      const owner = this.#byPrefix.get(name.slice(0, length));
      if (owner !== undefined) return owner;
    }
    return undefined;
  }

  /** Whether names that begin with `prefix` may belong to another entry. */
  isPartOfLonger(prefix: string): boolean {
    return [...this.#byPrefix.keys()].some(
      (other) => other.length > prefix.length && other.startsWith(prefix),
    );
  }
}
