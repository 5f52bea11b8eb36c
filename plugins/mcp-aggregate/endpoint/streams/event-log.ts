import { ByteCounts } from '../../../../lib/held/byte-counts.js';
import { held } from '../../../../lib/held/limits.js';
import type { Limit } from '../../../../lib/held/limits.js';
import { frameBytes } from '../answer/frames.js';
import type { Frame } from '../answer/frames.js';

/** Bytes that all event logs of a process hold together, and those of one user. */
export class LogBudget {
  readonly #limit: Pick<Limit, 'bytes' | 'ofOne'>;
  readonly #counts = new ByteCounts();

  constructor(limit: Pick<Limit, 'bytes' | 'ofOne'> = held.eventLogs) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#counts.all;
  }

  /** Changes what is used; false, and nothing is changed, where that would be too much. */
  take(user: string, bytes: number): boolean {
    const { bytes: all, ofOne } = this.#limit;
    const fits = this.used + bytes <= all && this.#counts.of(user) + bytes <= ofOne;
    if (bytes > 0 && !fits) return false;
    this.#counts.add(user, bytes);
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
/** What an event takes beside its bytes, about. */
const eventBytes = 512;

/** The latest events of one stream, for a client that comes back: bounded, the oldest go first. */
export class EventLog {
  readonly #budget: LogBudget;
  readonly #user: string;
  readonly #events: Logged[] = [];
  #bytes = 0;
  #lastSeq = 0;

  /** @param user whose share it takes */
  constructor(budget: LogBudget, user: string) {
    this.#budget = budget;
    this.#user = user;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether the latest event is kept. */
  get keptLast(): boolean {
    return this.#events.at(-1)?.seq === this.#lastSeq;
  }

  /** Keeps an event where there is room; answers its number. */
  add(frame: Frame): number {
    const seq = ++this.#lastSeq;
    const bytes = frameBytes(frame) + eventBytes;
    while (this.#events.length >= mostEvents || this.#bytes + bytes > mostBytes) {
      if (!this.#dropOldest()) return seq;
    }
    while (!this.#budget.take(this.#user, bytes)) if (!this.#dropOldest()) return seq;
    this.#events.push({ seq, frame: compact(frame), bytes });
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
    this.#budget.take(this.#user, -oldest.bytes);
    return true;
  }
}

/** A piece that is a small part of something large would keep all of that. */
function compact(frame: Frame): Frame {
  return frame.map((piece) =>
    piece.buffer.byteLength > 2 * piece.length + eventBytes ? Buffer.from(piece) : piece,
  );
}
