import type { CircuitState } from '../core/upstream-port.js';

export interface CircuitOptions {
  /** Failures of a row after which it opens. */
  readonly failures: number;
  /** How long it stays open at first; twice as long after each probe that fails. */
  readonly openMs: number;
}

const mostOpenMs = 300_000;

/** A user as circuits tell them apart; undefined where nobody in particular calls. */
export type User = string | undefined;

/**
 * Lets calls pass until a row of them has failed; then none until its time, then one at a time,
 * until one succeeds. Where one user alone has failed, it holds that user alone back: what a call
 * asks for may be what makes it fail, and nobody shall close a tool to others. Holds no timer.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  #failures = 0;
  #openings = 0;
  #openUntil = 0;
  #probing = false;
  /** Who has failed since the last success, where that is one user. */
  #user: User;
  #severalFail = false;

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

  /** Whether several users have failed since the last success, or nobody in particular. */
  get concernsAll(): boolean {
    return this.#severalFail;
  }

  state(now: number): CircuitState {
    if (this.#openings === 0) return 'closed';
    return now < this.#openUntil ? 'open' : 'half_open';
  }

  /** Milliseconds after which a call may pass; 0 where one may now, undefined while one is tried. */
  wait(now: number, user?: User): number | undefined {
    if (this.#openings === 0 || !this.#concerns(user)) return 0;
    if (now < this.#openUntil) return this.#openUntil - now;
    return this.#probing ? undefined : 0;
  }

  /** A call passes, to which `wait` said 0: where the circuit is open, it is the one tried. */
  pass(user?: User): void {
    if (this.#openings === 0 || this.#concerns(user)) this.#probing = this.#openings > 0;
  }

  /** Answers whether the circuit was open. */
  succeeded(): boolean {
    const wasOpen = this.#openings > 0;
    this.#failures = 0;
    this.#openings = 0;
    this.#probing = false;
    this.#user = undefined;
    this.#severalFail = false;
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
  failed(now: number, user?: User, hold = false): number | undefined {
    const isNews = this.#join(user) && this.#openings > 0;
    this.#failures++;
    // What was under way when it opened says nothing new, unless it is another's.
    if (this.#openings > 0 && !this.#probing && !isNews) return undefined;
    if (this.#openings === 0 && (hold || this.#failures < this.#options.failures)) return undefined;
    this.#probing = false;
    const { openMs } = this.#options;
    const pause = Math.min(openMs * 2 ** this.#openings, Math.max(openMs, mostOpenMs));
    this.#openings++;
    this.#openUntil = now + pause;
    return pause;
  }

  #concerns(user: User): boolean {
    return this.#severalFail || user === this.#user;
  }

  /** Answers whether from here on it concerns all, and did not before. */
  #join(user: User): boolean {
    if (this.#severalFail) return false;
    const isFirst = this.#failures === 0;
    this.#severalFail = user === undefined || (!isFirst && user !== this.#user);
    this.#user = user;
    return this.#severalFail;
  }
}
