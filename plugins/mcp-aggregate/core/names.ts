/** What the protocol asks of a tool's name (`server/tools`, SEP-986): 1 to 128 of these characters. */
const namePattern = /^[A-Za-z0-9_.-]{1,128}$/;

/** Several clients cut or refuse longer names. */
export const longName = 64;

export function isToolName(name: string): boolean {
  return namePattern.test(name);
}

interface Placed<T> {
  readonly entry: T;
  readonly place: number;
}

/** Entries by prefix, found without asking each of them. */
export class PrefixIndex<T> {
  readonly #byPrefix = new Map<string, Placed<T>[]>();
  readonly #lengths: readonly number[];

  constructor(entries: readonly T[], prefixOf: (entry: T) => string) {
    for (const [place, entry] of entries.entries()) {
      const prefix = prefixOf(entry);
      const same = this.#byPrefix.get(prefix);
      if (same === undefined) this.#byPrefix.set(prefix, [{ entry, place }]);
      else same.push({ entry, place });
    }
    this.#lengths = [...new Set([...this.#byPrefix.keys()].map((prefix) => prefix.length))];
  }

  /** Entries whose prefix begins `name`, in the order they were given in. */
  candidates(name: string): T[] {
    let found: readonly Placed<T>[] | undefined;
    for (const length of this.#lengths) {
      const same = length <= name.length ? this.#byPrefix.get(name.slice(0, length)) : undefined;
      if (same !== undefined) found = found === undefined ? same : [...found, ...same];
    }
    if (found === undefined) return [];
    if (found.length === 1) return [found[0]!.entry];
    return [...found].sort((a, b) => a.place - b.place).map(({ entry }) => entry);
  }
}
