import { frameBytes } from '../frames.js';
import type { Frame } from '../frames.js';

/** Bytes that all event logs of a process hold together. */
export class LogBudget {
  readonly #most: number;
  #used = 0;

  constructor(most = 67_108_864) {
    this.#most = most;
  }

  get used(): number {
    return this.#used;
  }

  /** Changes what is used; false, and nothing is changed, where that would be too much. */
  take(bytes: number): boolean {
    if (bytes > 0 && this.#used + bytes > this.#most) return false;
    this.#used += bytes;
    return true;
  }
}

interface Logged {
  readonly seq: number;
  readonly frame: Frame;
  readonly bytes: number;
}

const mostEvents = 256;
const mostBytes = 4_194_304;

/** The latest events of one stream, for a client that comes back: bounded, the oldest go first. */
export class EventLog {
  readonly #budget: LogBudget;
  readonly #events: Logged[] = [];
  #bytes = 0;
  #lastSeq = 0;

  constructor(budget: LogBudget) {
    this.#budget = budget;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Keeps an event where there is room; answers its number. */
  add(frame: Frame): number {
    const seq = ++this.#lastSeq;
    const bytes = frameBytes(frame);
    while (this.#events.length >= mostEvents || this.#bytes + bytes > mostBytes) {
      if (!this.#dropOldest()) return seq;
    }
    while (!this.#budget.take(bytes)) if (!this.#dropOldest()) return seq;
    this.#events.push({ seq, frame, bytes });
    this.#bytes += bytes;
    return seq;
  }

  /** Events after number `seq`, as far as they are kept. */
  after(seq: number): readonly Pick<Logged, 'seq' | 'frame'>[] {
    return this.#events.filter((event) => event.seq > seq);
  }

  clear(): void {
    while (this.#dropOldest());
  }

  #dropOldest(): boolean {
    const oldest = this.#events.shift();
    if (oldest === undefined) return false;
    this.#bytes -= oldest.bytes;
    this.#budget.take(-oldest.bytes);
    return true;
  }
}
