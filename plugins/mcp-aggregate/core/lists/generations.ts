import type { ByteCounts } from '../../../../lib/held/byte-counts.js';
import type { PreparedItem } from '../items/prepare-item.js';
import type { PreparedItems } from '../items/prepare-items.js';

/** All items of one kind at one time: servers in the order configured, items in their own. */
export interface Snapshot {
  /** Names the content: equal lists have equal ones, on other nodes and after a restart too. */
  readonly generation: string;
  readonly items: readonly PreparedItem[];
  /** Names of those that clients with sessions are not shown. */
  readonly modernOnly: ReadonlySet<string>;
  /** Names of those that only clients with the extension of tasks are shown. */
  readonly taskOnly: ReadonlySet<string>;
}

interface Kept {
  readonly snapshot: Snapshot;
  /** Of each server, in the order configured. */
  readonly lists: readonly PreparedItems[];
  readonly until: number;
}

export interface GenerationBounds {
  readonly count: number;
  /** Of what is no longer current: of one server, and of all lists of the process. */
  readonly ofServer: number;
  readonly all: number;
  /** Milliseconds. */
  readonly ms: number;
}

/** An item in a list, and a name in a set, about. */
const slotBytes = 8;
const namedBytes = 32;

/**
 * Earlier snapshots of a merged list, kept so that a client may turn their pages to the end. A list
 * that changes at each fetch would fill the memory with what it was: the oldest go first. What two
 * snapshots share is there once.
 */
export class Generations {
  readonly #bounds: GenerationBounds;
  readonly #counts: ByteCounts;
  readonly #owner: string;
  readonly #kept = new Map<string, Kept>();

  /**
   * @param counts of all lists of the process
   * @param owner tells this list from the others
   */
  constructor(bounds: GenerationBounds, counts: ByteCounts, owner: string) {
    this.#bounds = bounds;
    this.#counts = counts;
    this.#owner = owner;
  }

  get size(): number {
    return this.#kept.size;
  }

  get(generation: string): Snapshot | undefined {
    return this.#kept.get(generation)?.snapshot;
  }

  /** Keeps the newest snapshot, whatever it takes, and of the earlier ones what there is room for. */
  keep(snapshot: Snapshot, lists: readonly PreparedItems[], now: number): void {
    this.#kept.delete(snapshot.generation);
    this.#kept.set(snapshot.generation, { snapshot, lists, until: now + this.#bounds.ms });
    this.prune(now);
  }

  /** Drops what is too old, too many or too large; the newest stays. */
  prune(now: number): void {
    const [newest, ...earlier] = [...this.#kept.values()].reverse();
    if (newest === undefined) return;
    const { count, all } = this.#bounds;
    this.#counts.add(this.#owner, -this.#counts.of(this.#owner));
    const seen = new Set(newest.lists);
    const ofServer = newest.lists.map(() => 0);
    let full = false;
    let kept = 1;
    for (const one of earlier) {
      const bytes = this.#cost(one, seen, ofServer);
      full ||= bytes === undefined || kept >= count || one.until <= now;
      if (!full && bytes !== undefined && this.#counts.all + bytes <= all) {
        this.#counts.add(this.#owner, bytes);
        kept += 1;
      } else {
        full = true;
        this.#kept.delete(one.snapshot.generation);
      }
    }
  }

  /** Nothing is kept any more. */
  clear(): void {
    this.#kept.clear();
    this.#counts.add(this.#owner, -this.#counts.of(this.#owner));
  }

  /** What it takes beside newer ones; undefined where a server has too much of it. */
  #cost(
    { snapshot, lists }: Kept,
    seen: Set<PreparedItems>,
    ofServer: number[],
  ): number | undefined {
    const { items, modernOnly, taskOnly } = snapshot;
    let bytes = slotBytes * items.length + namedBytes * (modernOnly.size + taskOnly.size);
    for (const [at, list] of lists.entries()) {
      if (seen.has(list)) continue;
      seen.add(list);
      ofServer[at] = (ofServer[at] ?? 0) + list.cost;
      bytes += list.cost;
    }
    return ofServer.some((own) => own > this.#bounds.ofServer) ? undefined : bytes;
  }
}
