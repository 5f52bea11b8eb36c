/** What the protocol asks of a tool's name (`server/tools`, SEP-986): 1 to 128 of these characters. */
const namePattern = /^[A-Za-z0-9_.-]{1,128}$/;

/** Several clients cut or refuse longer names. */
export const longName = 64;

export function isToolName(name: string): boolean {
  return namePattern.test(name);
}

/** Entries by prefix, found without asking each of them. */
export class PrefixIndex<T> {
  readonly #byPrefix = new Map<string, { readonly entry: T; readonly place: number }[]>();
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
    const found = this.#lengths.flatMap((length) =>
      length <= name.length ? (this.#byPrefix.get(name.slice(0, length)) ?? []) : [],
    );
    return found.sort((a, b) => a.place - b.place).map(({ entry }) => entry);
  }
}
