import { longestDeadline } from '../../config/config-patience.js';
import type { Patience } from '../../config/config-patience.js';

/**
 * When a session that nobody is to use any more is over: when its last request is. Of calls that went
 * past this process nobody tells when they end, so they are given as long as the last may be silent.
 */
export class Retirement {
  readonly #silenceMs: number;
  readonly #requests: { readonly pending: number };
  readonly #end: () => Promise<void>;
  #begun = false;
  #passedAt = -Infinity;

  /**
   * @param requests those of ours that are under way
   * @param end ends the session at the server
   */
  constructor(
    patience: Patience,
    requests: { readonly pending: number },
    end: () => Promise<void>,
  ) {
    this.#silenceMs = longestDeadline(patience);
    this.#requests = requests;
    this.#end = end;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** Calls go past this process now, or at any time within so many milliseconds. */
  passed(withinMs = 0): void {
    this.#passedAt = Math.max(this.#passedAt, performance.now() + withinMs);
  }

  /** @param atOnce its client wants nothing more of it */
  begin(atOnce: boolean): void {
    this.#begun = true;
    if (atOnce) this.#passedAt = -Infinity;
    this.check();
  }

  /** To be called when a request of ours has ended. */
  check(): void {
    if (!this.#begun || this.#requests.pending > 0) return;
    const leftMs = this.#passedAt + this.#silenceMs - performance.now();
    if (leftMs > 0) setTimeout(() => this.check(), leftMs).unref();
    else this.#end().catch(() => {});
  }
}
