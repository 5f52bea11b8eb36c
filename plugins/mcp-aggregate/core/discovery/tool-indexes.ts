import { LRUCache } from 'lru-cache';
import { held } from '../../../../lib/held/limits.js';
import type { Clock } from '../calls/clock.js';
import type { Snapshot } from '../lists/generations.js';
import { ToolIndex } from './tool-index.js';

/** Indexes that are made at a time: each takes memory before it is counted. */
const mostMaking = 4;

/**
 * Indexes of lists of tools, each made once for a list whoever asks, and shared by all whose lists are
 * equal. Those not used for longest go, and are made anew.
 */
export class ToolIndexes {
  readonly #clock: Clock;
  readonly #made: LRUCache<string, ToolIndex>;
  readonly #making = new Map<string, Promise<ToolIndex>>();
  /** The last that is made in each of the places there are. */
  readonly #places = Array.from({ length: mostMaking }, () => Promise.resolve<unknown>(undefined));
  #count = 0;

  constructor(clock: Clock, maxBytes: number = held.toolIndexes.bytes) {
    this.#clock = clock;
    this.#made = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ bytes }) => Math.max(1, bytes),
    });
  }

  /** The index of a list, by the name of its generation, if it is there. */
  known(generation: string): ToolIndex | undefined {
    return this.#made.get(generation);
  }

  /** The index of a list; it is made in slices where it is not there. */
  of(snapshot: Snapshot): Promise<ToolIndex> {
    const { generation } = snapshot;
    const made = this.#made.get(generation);
    if (made !== undefined) return Promise.resolve(made);
    const making = this.#making.get(generation);
    if (making !== undefined) return making;
    const place = this.#count++ % mostMaking;
    const begun = this.#places[place]!.then(() => this.#make(snapshot));
    this.#places[place] = begun.catch(() => undefined);
    this.#making.set(generation, begun);
    return begun;
  }

  async #make({ generation, items }: Snapshot): Promise<ToolIndex> {
    try {
      const index = new ToolIndex();
      for (const item of items) {
        await this.#clock.breathe('search');
        index.add(item);
      }
      this.#made.set(generation, index);
      return index;
    } finally {
      this.#making.delete(generation);
    }
  }
}
