import type { CircuitState } from '../../core/calls/upstream-port.js';
import { pauseMs, rowMs, Spread } from './circuit.js';
import type { CircuitOptions } from './circuit.js';

/** As many users have to fail before a circuit opens for all: no one or two can close it to others. */
export const fewestUsers = 3;
/** Of more than these, the one that failed first is forgotten. */
const mostUsers = 64;

interface Share {
  failures: number;
  readonly spread: Spread;
}

/**
 * The circuit that concerns all users of a server, or of one of its tools. Opens where a row of calls
 * of several users has failed; each of them adds no more than a third of the row, however often they
 * fail. When its time has come, a few users may try, each with one call at a time, so that nobody
 * holds the trial for all; the first success closes it. Holds no timer.
 */
export class JointCircuit {
  readonly #options: CircuitOptions;
  readonly #ofOne: boolean;
  readonly #most: number;
  readonly #shares = new Map<string, Share>();
  readonly #trying = new Set<string>();
  #failedAt = -Infinity;
  #openings = 0;
  #openUntil = 0;
  #users = 0;

  /** @param ofOne whether it is the circuit of one tool */
  constructor(options: CircuitOptions, ofOne: boolean) {
    this.#options = options;
    this.#ofOne = ofOne;
    this.#most = Math.ceil(options.failures / fewestUsers);
  }

  get closed(): boolean {
    return this.#openings === 0;
  }

  /** Users whose calls had failed when it opened last. */
  get users(): number {
    return this.#users;
  }

  state(now: number): CircuitState {
    if (this.#openings === 0) return 'closed';
    return now < this.#openUntil ? 'open' : 'half_open';
  }

  /** As `Circuit.wait`, for a call of this user. */
  wait(now: number, user: string): number | undefined {
    if (this.#openings === 0) return 0;
    if (now < this.#openUntil) return this.#openUntil - now;
    return this.#trying.has(user) || this.#trying.size >= fewestUsers ? undefined : 0;
  }

  /** A call passes, to which `wait` said 0: where the circuit is open, it is one of those tried. */
  pass(user: string): void {
    if (this.#openings > 0) this.#trying.add(user);
  }

  /** Answers whether the circuit was open. */
  succeeded(): boolean {
    const wasOpen = this.#openings > 0;
    this.#openings = 0;
    this.#shares.clear();
    this.#trying.clear();
    return wasOpen;
  }

  /** A call ended and nothing was learned. */
  undecided(user: string): void {
    this.#trying.delete(user);
  }

  /** Notes a failure. Answers for how long the circuit opens by it, if it does. */
  failed(now: number, user: string, subject: string | undefined): number | undefined {
    const isOpen = this.#openings > 0;
    // What was under way when it opened says nothing new.
    if (isOpen && !this.#trying.delete(user)) return undefined;
    if (!isOpen && now - this.#failedAt > rowMs) this.#shares.clear();
    this.#failedAt = now;
    this.#add(user, subject);
    if (this.#shares.size < fewestUsers || !(isOpen || this.#isRow())) return undefined;
    this.#users = this.#shares.size;
    this.#shares.clear();
    this.#trying.clear();
    const pause = pauseMs(this.#options, this.#openings);
    this.#openings++;
    this.#openUntil = now + pause;
    return pause;
  }

  #add(user: string, subject: string | undefined): void {
    let share = this.#shares.get(user);
    if (share === undefined) {
      const eldest = this.#shares.size < mostUsers ? undefined : this.#shares.keys().next().value;
      if (eldest !== undefined) this.#shares.delete(eldest);
      share = { failures: 0, spread: new Spread() };
      this.#shares.set(user, share);
    }
    share.failures = Math.min(this.#most, share.failures + 1);
    share.spread.note(subject);
  }

  #isRow(): boolean {
    let sum = 0;
    const ofTool = new Map<string, number>();
    let largest = 1;
    for (const { failures, spread } of this.#shares.values()) {
      sum += failures;
      if (spread.isWide || spread.tool === undefined) continue;
      const same = (ofTool.get(spread.tool) ?? 0) + 1;
      ofTool.set(spread.tool, same);
      largest = Math.max(largest, same);
    }
    // More than one tool fails, whoever of these users is left out.
    const isSpread = this.#ofOne || this.#shares.size - largest >= 2;
    return isSpread && sum >= this.#options.failures;
  }
}
