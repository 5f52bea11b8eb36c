import type { Share } from '../../../../../lib/held/shared-bytes.js';
import type { Change, ToldChange } from './change.js';
import { nameOf } from '../compare-list.js';
import { changeBytes } from './pin-bytes.js';

/** Told changes kept for operators. */
const mostKept = 20;
/** Differences held of each kind. */
const mostHeld = 5_000;

type Counts = Readonly<Record<Change['change'], number>>;
const nothing: Counts = { changed: 0, added: 0, vanished: 0 };

/**
 * What of one server differs from what was approved, and what has changed lately. What there is no
 * room for is counted, so that it is known that there is more.
 */
export class ChangeRecord {
  readonly #share: Share;
  readonly #current = new Map<string, Change>();
  readonly #leftOut = new Map<Change['kind'], Counts>();
  #told: readonly ToldChange[] = [];

  /** @param share of the memory for differences */
  constructor(share: Share) {
    this.#share = share;
  }

  get current(): Iterable<Change> {
    return this.#current.values();
  }

  /** What is different about an item now; undefined where nothing is, or where it was left out. */
  of(kind: Change['kind'], item: string): Change['change'] | undefined {
    return this.#current.get(keyOf(kind, nameOf(item)))?.change;
  }

  /** The newest last. */
  get told(): readonly ToldChange[] {
    return this.#told;
  }

  /** Those left out as well. */
  get counts(): Counts {
    let counts = nothing;
    for (const { change } of this.#current.values()) counts = more(counts, change);
    for (const left of this.#leftOut.values()) counts = sum(counts, left);
    return counts;
  }

  /** How many differences of a kind, or of all, there was no room for. */
  leftOut(kind?: Change['kind']): number {
    const all = kind === undefined ? [...this.#leftOut.values()] : [this.#leftOut.get(kind)];
    return all.reduce((count, left = nothing) => count + total(left), 0);
  }

  /**
   * What a new list differs in takes the place of what the one before did.
   * @param about which of the earlier differences the list is about
   * @param whole whether it is about all of them: else those left out before are still there
   * @returns those that are news, and those that are no more
   */
  replace(
    kind: Change['kind'],
    changes: readonly Change[],
    about: (item: string) => boolean,
    whole: boolean,
  ): { readonly news: readonly Change[]; readonly restored: readonly Change[] } {
    const now = new Set(changes.map(({ item }) => item));
    const restored = [...this.#current.values()].filter(
      (change) => change.kind === kind && !now.has(change.item) && about(change.item),
    );
    for (const change of restored) this.#drop(change);
    let held = this.#held(kind);
    let left = nothing;
    const news = changes.filter((change) => {
      const before = this.#current.get(keyOf(kind, change.item));
      if (before !== undefined) this.#drop(before);
      else held += 1;
      if (!this.#keep(change, held)) {
        held -= 1;
        left = more(left, change.change);
        return false;
      }
      return before?.change !== change.change || before.digest !== change.digest;
    });
    this.#leftOut.set(kind, whole ? left : most(left, this.#leftOut.get(kind) ?? nothing));
    return { news, restored };
  }

  #keep(change: Change, held: number): boolean {
    const { kind, item } = change;
    const bytes = changeBytes(change);
    // Whether it is the approved server decides about all of it.
    const fits = kind === 'server' || (held <= mostHeld && this.#share.tryTake(bytes));
    if (fits) this.#current.set(keyOf(kind, item), change);
    return fits;
  }

  #drop(change: Change): void {
    const { kind, item } = change;
    this.#current.delete(keyOf(kind, item));
    if (kind !== 'server') this.#share.give(changeBytes(change));
  }

  tell(changes: readonly ToldChange[]): void {
    this.#told = [...this.#told, ...changes.slice(-mostKept)].slice(-mostKept);
  }

  /** How many there are of a kind, those left out as well. */
  count(kind: Change['kind']): number {
    return this.#held(kind) + this.leftOut(kind);
  }

  #held(kind: Change['kind']): number {
    let count = 0;
    for (const change of this.#current.values()) if (change.kind === kind) count += 1;
    return count;
  }
}

function keyOf(kind: Change['kind'], item: string): string {
  return `${kind} ${item}`;
}

function more(counts: Counts, change: Change['change']): Counts {
  return { ...counts, [change]: counts[change] + 1 };
}

function sum(one: Counts, other: Counts): Counts {
  return each((change) => one[change] + other[change]);
}

function most(one: Counts, other: Counts): Counts {
  return each((change) => Math.max(one[change], other[change]));
}

function each(count: (change: Change['change']) => number): Counts {
  return { changed: count('changed'), added: count('added'), vanished: count('vanished') };
}

function total({ changed, added, vanished }: Counts): number {
  return changed + added + vanished;
}
