/** What a child may write in a while that no call waits for; far more than any honest server does. */
export interface FloodBounds {
  readonly messages: number;
  readonly bytes: number;
  readonly windowMs: number;
}

export const defaultFloodBounds: FloodBounds = {
  messages: 100_000,
  bytes: 268_435_456,
  windowMs: 10_000,
};

/**
 * Notices a child that floods. To read what it writes and throw it away costs a core for as long as
 * it writes, so there is an end to it.
 */
export class FloodGate {
  readonly #bounds: FloodBounds;
  readonly #now: () => number;
  #windowEnd = -Infinity;
  #messages = 0;
  #bytes = 0;

  constructor(bounds: FloodBounds = defaultFloodBounds, now: () => number = Date.now) {
    this.#bounds = bounds;
    this.#now = now;
  }

  /** Takes note of bytes that came; answers whether they are too many. */
  came(bytes: number): boolean {
    const now = this.#now();
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + this.#bounds.windowMs;
      this.#messages = 0;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    return this.#bytes > this.#bounds.bytes;
  }

  /** A call has waited for so many of them. */
  wasWanted(bytes: number): void {
    this.#bytes -= bytes;
  }

  /**
   * A message came that no call waits for; answers whether it is one too many.
   * @param weight for how many it counts
   */
  wasUnwanted(weight = 1): boolean {
    this.#messages += weight;
    return this.#messages > this.#bounds.messages;
  }
}
