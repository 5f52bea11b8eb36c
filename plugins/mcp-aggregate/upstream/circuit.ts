import type { CircuitState } from '../core/upstream-port.js';

export interface CircuitOptions {
  /** Failures of a row after which it opens. */
  readonly failures: number;
  /** How long it stays open at first; twice as long after each probe that fails. */
  readonly openMs: number;
}

const mostOpenMs = 300_000;

/**
 * Lets calls pass until a row of them has failed; then none until its time, then one at a time,
 * until one succeeds. Holds no timer.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  #failures = 0;
  #openings = 0;
  #openUntil = 0;
  #probing = false;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  get closed(): boolean {
    return this.#openings === 0;
  }

  state(now: number): CircuitState {
    if (this.#openings === 0) return 'closed';
    return now < this.#openUntil ? 'open' : 'half_open';
  }

  /** Milliseconds after which a call may pass; 0 where one may now, undefined while one is tried. */
  wait(now: number): number | undefined {
    if (this.#openings === 0) return 0;
    if (now < this.#openUntil) return this.#openUntil - now;
    return this.#probing ? undefined : 0;
  }

  /** A call passes, to which `wait` said 0: where the circuit is open, it is the one tried. */
  pass(): void {
    this.#probing = this.#openings > 0;
  }

  /** Answers whether the circuit was open. */
  succeeded(): boolean {
    const wasOpen = this.#openings > 0;
    this.#failures = 0;
    this.#openings = 0;
    this.#probing = false;
    return wasOpen;
  }

  /** A call ended and nothing was learned. */
  undecided(): void {
    this.#probing = false;
  }

  /**
   * Notes a failure. Answers for how long the circuit opens by it, if it does.
   * @param hold do not open yet, however many there were
   */
  failed(now: number, hold = false): number | undefined {
    this.#failures++;
    // What was under way when it opened says nothing new.
    if (this.#openings > 0 && !this.#probing) return undefined;
    if (this.#openings === 0 && (hold || this.#failures < this.#options.failures)) return undefined;
    this.#probing = false;
    const { openMs } = this.#options;
    const pause = Math.min(openMs * 2 ** this.#openings, Math.max(openMs, mostOpenMs));
    this.#openings++;
    this.#openUntil = now + pause;
    return pause;
  }
}
