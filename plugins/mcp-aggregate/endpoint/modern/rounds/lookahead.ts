import type { CallEvent } from '../../../core/calls/call.js';

type Step = IteratorResult<CallEvent>;

/** A call's events, of which the next can be waited for for a while without being lost. */
export class Lookahead {
  readonly #events: AsyncIterator<CallEvent>;
  #next: Promise<Step> | undefined;

  constructor(events: AsyncIterable<CallEvent>) {
    this.#events = events[Symbol.asyncIterator]();
  }

  /** The next event; undefined at the end. */
  async next(): Promise<CallEvent | undefined> {
    const step = await (this.#next ?? this.#events.next());
    this.#next = undefined;
    return step.done === true ? undefined : step.value;
  }

  /** Whether the next event, or the end, comes within `ms`. */
  async isSoon(ms: number): Promise<boolean> {
    this.#next ??= this.#events.next();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms);
    });
    const there = () => true;
    try {
      // A fault is for whoever takes the event, which may be never.
      return await Promise.race([this.#next.then(there, there), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
