import type { CircuitState } from '../../core/calls/upstream-port.js';

export interface CircuitOptions {
  /** Failures of a row after which it opens. */
  readonly failures: number;
  /** How long it stays open at first; twice as long after each probe that fails. */
  readonly openMs: number;
}

const mostOpenMs = 300_000;
/** Failures further apart than this are no row. */
export const rowMs = 900_000;

/** For how long a circuit opens that has opened so often before, in milliseconds. */
export function pauseMs({ openMs }: CircuitOptions, openings: number): number {
  return Math.min(openMs * 2 ** openings, Math.max(openMs, mostOpenMs));
}

/**
 * Lets the calls of one user pass until a row of them has failed; then none until its time, then one
 * at a time, until one succeeds. Holds no timer.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  readonly #spread = new Spread();
  #failures = 0;
  #failedAt = -Infinity;
  #openings = 0;
  #openUntil = 0;
  #probing = false;
  /** Number of the last failure that counted here. */
  last = 0;

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

  /** A call ended and nothing was learned. */
  undecided(): void {
    this.#probing = false;
  }

  /**
   * Notes a failure. Answers for how long the circuit opens by it, if it does.
   * @param subject what was called; a circuit of more than one tool opens where several have failed
   * @param ofOne whether it is the circuit of one tool
   */
  failed(now: number, subject: string | undefined, ofOne: boolean): number | undefined {
    const isOpen = this.#openings > 0;
    if (!isOpen && now - this.#failedAt > rowMs) this.#failures = 0;
    if (this.#failures === 0) this.#spread.clear();
    this.#failures++;
    this.#failedAt = now;
    const isSpread = this.#spread.note(subject) || ofOne;
    // What was under way when it opened says nothing new.
    if (isOpen && !this.#probing) return undefined;
    if (!isOpen && (!isSpread || this.#failures < this.#options.failures)) return undefined;
    this.#probing = false;
    const pause = pauseMs(this.#options, this.#openings);
    this.#openings++;
    this.#openUntil = now + pause;
    return pause;
  }
}

/** Whether more has failed than calls of one tool. */
export class Spread {
  /** The one tool. */
  tool: string | undefined;
  #isWide = false;

  get isWide(): boolean {
    return this.#isWide;
  }

  /** @param tool absent for a call of anything else, which says as much as several tools do */
  note(tool: string | undefined): boolean {
    this.#isWide ||= tool === undefined || (this.tool !== undefined && this.tool !== tool);
    this.tool = tool;
    return this.#isWide;
  }

  clear(): void {
    this.tool = undefined;
    this.#isWide = false;
  }
}
