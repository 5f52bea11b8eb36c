import { LRUCache } from 'lru-cache';
import { held } from '../../../../lib/held/limits.js';
import type { Clock } from '../calls/clock.js';
import type { Snapshot } from '../lists/generations.js';
import { ToolIndex } from './tool-index.js';

/**
 * Indexes of lists of tools, each made once for a list whoever asks, and shared by all whose lists are
 * equal. Those not used for longest go, and are made anew.
 */
export class ToolIndexes {
  readonly #clock: Clock;
  readonly #made: LRUCache<string, ToolIndex>;
  readonly #making = new Map<string, Promise<ToolIndex>>();

  constructor(clock: Clock, maxBytes: number = held.toolIndexes.bytes) {
    this.#clock = clock;
    this.#made = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ bytes }) => Math.max(1, bytes),
    });
  }

  /** The index of a list if it is there. */
  known({ generation }: Snapshot): ToolIndex | undefined {
    return this.#made.get(generation);
  }

  /** The index of a list; it is made in slices where it is not there. */
  of(snapshot: Snapshot): Promise<ToolIndex> {
    const { generation } = snapshot;
    const made = this.#made.get(generation);
    if (made !== undefined) return Promise.resolve(made);
    const making = this.#making.get(generation) ?? this.#make(snapshot);
    this.#making.set(generation, making);
    return making;
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
