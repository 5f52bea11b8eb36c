import type { ApplyError } from '../../apply/apply-error.js';

const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
/** Where waiting alone mends nothing, but somebody may mend the Kong. */
const refusedDelayMs = 60_000;

/** When to speak to Kong next. Times are milliseconds of one clock. */
export class Pace {
  readonly #resyncMs: number;
  #nextAt = 0;
  #failures = 0;

  /** @param resyncMs how often a Kong is looked at that was in order */
  constructor(resyncMs: number) {
    this.#resyncMs = resyncMs;
  }

  due(now: number): boolean {
    return now >= this.#nextAt;
  }

  /** What is wanted has changed. */
  hurry(): void {
    this.#nextAt = 0;
    this.#failures = 0;
  }

  succeeded(now: number): void {
    this.#failures = 0;
    this.#nextAt = now + this.#resyncMs;
  }

  /** Answers in how many milliseconds it is tried again. */
  failed({ passing }: Pick<ApplyError, 'passing'>, now: number): number {
    const delay = Math.min(firstDelayMs * 2 ** this.#failures, longestDelayMs);
    this.#failures += 1;
    const pause = passing ? delay : refusedDelayMs;
    this.#nextAt = now + pause;
    return pause;
  }
}
