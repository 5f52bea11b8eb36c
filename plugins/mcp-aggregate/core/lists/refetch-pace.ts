/** Changes in quick succession that are each fetched at once. */
const burst = 4;
/** A server that says `list_changed` without end is asked no more often than this in the long run. */
const intervalMs = 1_000;
/** A list is fetched no more often than its size allows: that costs time and memory, in bytes per ms. */
const bytesPerMs = 1_024;

/**
 * How often a list is fetched because it is said to have changed, or was taken away from who saw it: a
 * change now and then is seen at once, also shortly after another, and a flood of them costs no more
 * than a slow trickle.
 */
export class RefetchPace {
  #left = burst;
  #at = -Infinity;
  #ownMs = 0;

  /** Milliseconds that a list of the size of the last one has to itself. */
  get ownMs(): number {
    return this.#ownMs;
  }

  /** What the last list took, also where nothing of it is kept. */
  fetched(bytes: number): void {
    this.#ownMs = bytes / bytesPerMs;
  }

  /** Whether there is one more fetch to be had at `now`, in milliseconds. */
  allows(now: number): boolean {
    return this.#leftAt(now) >= 1;
  }

  /** Counts a fetch, whether or not it was allowed. */
  took(now: number): void {
    this.#left = Math.max(0, this.#leftAt(now) - 1);
    this.#at = now;
  }

  #leftAt(now: number): number {
    const oneMs = Math.max(intervalMs, this.#ownMs);
    return Math.min(burst, this.#left + (now - this.#at) / oneMs);
  }
}
