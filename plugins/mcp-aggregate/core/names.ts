/** What the protocol asks of a tool's name (`server/tools`, SEP-986): 1 to 128 of these characters. */
const namePattern = /^[A-Za-z0-9_.-]{1,128}$/;

/** The name a client sees for `original`, or undefined where that breaks the protocol's limits. */
export function exposedName(prefix: string, original: string): string | undefined {
  const name = prefix + original;
  return original !== '' && namePattern.test(name) ? name : undefined;
}

/** Servers by prefix, found without asking each of them. */
export class PrefixIndex<T> {
  readonly #byPrefix = new Map<string, T[]>();
  readonly #lengths: readonly number[];

  constructor(entries: readonly T[], prefixOf: (entry: T) => string) {
    for (const entry of entries) {
      const prefix = prefixOf(entry);
      const same = this.#byPrefix.get(prefix);
      if (same === undefined) this.#byPrefix.set(prefix, [entry]);
      else same.push(entry);
    }
    const lengths = new Set([...this.#byPrefix.keys()].map((prefix) => prefix.length));
    this.#lengths = [...lengths].sort((a, b) => b - a);
  }

  /** Entries whose prefix begins `name`, longest prefix first. */
  candidates(name: string): T[] {
    return this.#lengths.flatMap((length) =>
      length <= name.length ? (this.#byPrefix.get(name.slice(0, length)) ?? []) : [],
    );
  }
}
