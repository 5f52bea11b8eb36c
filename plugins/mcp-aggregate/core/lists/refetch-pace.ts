/** Changes in quick succession that are each fetched at once. */
const burst = 4;
/** A server that says `list_changed` without end is asked no more often than this in the long run. */
const intervalMs = 1_000;

/**
 * How often a list is fetched because it is said to have changed: a change now and then is seen at
 * once, also shortly after another, and a flood of them costs no more than a slow trickle.
 */
export class RefetchPace {
  #left = burst;
  #at = -Infinity;

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
    return Math.min(burst, this.#left + (now - this.#at) / intervalMs);
  }
}
