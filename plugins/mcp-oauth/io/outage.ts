/** Spares a server that has just failed, and whoever would wait for it. */
export class Outage {
  readonly #now: () => number;
  readonly #retryMs: number;
  readonly #tolerated: number;
  #failures = 0;
  #failedAt = -Infinity;

  /** @param tolerated failures in a row after which calls pause for `retryMs` */
  constructor(now: () => number, retryMs: number, tolerated: number) {
    this.#now = now;
    this.#retryMs = retryMs;
    this.#tolerated = tolerated;
  }

  /** Whether the last call failed. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Whether it is too early for another call. */
  get pausing(): boolean {
    return this.#failures >= this.#tolerated && this.#now() - this.#failedAt < this.#retryMs;
  }

  failed(): void {
    this.#failures += 1;
    this.#failedAt = this.#now();
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
