import type { Clock } from '../../../plugins/mcp-aggregate/core/calls/clock.js';

/** Time that moves only when told; `within` waits as long as the test wants. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  readonly #waiting: { at: number; fire: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  /** Waits under way. */
  get waits(): number {
    return this.#waiting.length;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const wait of this.#waiting.filter(({ at }) => at <= this.#now)) wait.fire();
  }

  async within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
    const wait = { at: this.#now + ms, fire: () => undefined as void };
    const timeout = new Promise<undefined>((resolve) => {
      wait.fire = () => resolve(undefined);
    });
    this.#waiting.push(wait);
    try {
      return await Promise.race([promise, timeout]);
    } finally {
      this.#waiting.splice(this.#waiting.indexOf(wait), 1);
    }
  }

  breathe(): Promise<void> {
    return Promise.resolve();
  }
}
