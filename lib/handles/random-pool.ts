import { randomFillSync } from 'node:crypto';

const poolBytes = 8192;

/**
 * Random bytes out of a pool that is filled at once: asking the system for each handle costs more
 * than the rest of it. What is given out is wiped from the pool.
 */
export class RandomPool {
  readonly #pool = Buffer.alloc(poolBytes);
  #at = poolBytes;

  /** @param count at most 8192 */
  take(count: number): Buffer {
    if (this.#at + count > poolBytes) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    const end = this.#at + count;
    const taken = Buffer.from(this.#pool.subarray(this.#at, end));
    this.#pool.fill(0, this.#at, end);
    this.#at = end;
    return taken;
  }
}
