import type { Change, ToldChange } from './change.js';

/** Told changes kept for operators. */
const mostKept = 20;
/** Differences held of each kind. */
const mostHeld = 5_000;

type Counts = Readonly<Record<Change['change'], number>>;

/** What of one server differs from what was approved, and what has changed lately. */
export class ChangeRecord {
  readonly #current = new Map<string, Change>();
  #told: readonly ToldChange[] = [];

  get current(): Iterable<Change> {
    return this.#current.values();
  }

  /** What is different about an item now; undefined where nothing is. */
  of(kind: Change['kind'], item: string): Change['change'] | undefined {
    return this.#current.get(`${kind} ${item}`)?.change;
  }

  /** The newest last. */
  get told(): readonly ToldChange[] {
    return this.#told;
  }

  get counts(): Counts {
    const counts = { changed: 0, added: 0, vanished: 0 };
    for (const { change } of this.#current.values()) counts[change] += 1;
    return counts;
  }

  /**
   * What a new list differs in takes the place of what the one before did.
   * @param about which of the earlier differences the list is about
   * @returns those that are news, and those that are no more
   */
  replace(
    kind: Change['kind'],
    changes: readonly Change[],
    about: (item: string) => boolean,
  ): { readonly news: readonly Change[]; readonly restored: readonly Change[] } {
    const now = new Set(changes.map(({ item }) => item));
    const restored = [...this.#current.values()].filter(
      (change) => change.kind === kind && !now.has(change.item) && about(change.item),
    );
    for (const { item } of restored) this.#current.delete(`${kind} ${item}`);
    let held = this.count(kind);
    const news = changes.filter((change) => {
      const key = `${kind} ${change.item}`;
      const before = this.#current.get(key);
      if (before === undefined && (held += 1) > mostHeld) return false;
      this.#current.set(key, change);
      return before?.change !== change.change || before.digest !== change.digest;
    });
    return { news, restored };
  }

  tell(changes: readonly ToldChange[]): void {
    this.#told = [...this.#told, ...changes.slice(-mostKept)].slice(-mostKept);
  }

  /** How many there are of a kind. */
  count(kind: Change['kind']): number {
    let count = 0;
    for (const change of this.#current.values()) if (change.kind === kind) count += 1;
    return count;
  }
}
