import type { Share } from '../../../../../lib/held/shared-bytes.js';
import type { InspectedItem } from '../inspect-item.js';
import { inspectedBytes } from './pin-bytes.js';

export type Inspected = readonly (InspectedItem | undefined)[];

/** Lists that were looked at last, so that none is looked at twice. */
export class SeenLists {
  readonly #share: Share;
  readonly #most: number;
  readonly #lists = new Map<string, Inspected>();

  /** @param most how many are kept */
  constructor(share: Share, most: number) {
    this.#share = share;
    this.#most = most;
  }

  get(key: string): Inspected | undefined {
    return this.#lists.get(key);
  }

  /** The oldest make room for it; where there is none it is not kept. */
  add(key: string, inspected: Inspected): void {
    this.#drop(key);
    const bytes = inspectedBytes(inspected);
    while (this.#lists.size >= this.#most || !this.#share.tryTake(bytes)) {
      const [oldest] = this.#lists.keys();
      if (oldest === undefined) return;
      this.#drop(oldest);
    }
    this.#lists.set(key, inspected);
  }

  #drop(key: string): void {
    const before = this.#lists.get(key);
    if (before === undefined) return;
    this.#lists.delete(key);
    this.#share.give(inspectedBytes(before));
  }
}
