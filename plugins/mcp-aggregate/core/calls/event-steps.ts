import type { CallEvent } from './call.js';

type Step = IteratorResult<CallEvent, undefined>;

const over: Step = { done: true, value: undefined };
const ended = Promise.resolve(over);

export interface EventSteps {
  /** Called for the first event; nothing has happened before. */
  readonly open: () => AsyncIterable<CallEvent>;
  /**
   * Looks at each event, and may change it; one for which it answers undefined is left out. A promise
   * it answers must not be rejected. Where it answers others, they take the place of this event and of
   * all that would come after it, and are looked at in their turn.
   */
  readonly each: (event: CallEvent) => CallEvent | Promise<CallEvent> | Instead | undefined;
  /** Called when no more events are wanted or come; possibly more than once. */
  readonly leave?: () => void;
}

/** Events in place of others. */
export class Instead {
  readonly events: AsyncIterable<CallEvent>;

  constructor(events: AsyncIterable<CallEvent>) {
    this.events = events;
  }
}

/**
 * A call's events with something done to each. Where an async generator would do it in fewer lines,
 * each generator on the way adds several promises to every event, and a call passes through four.
 */
export function eventSteps(steps: EventSteps): AsyncIterableIterator<CallEvent> {
  return new SteppedEvents(steps);
}

class SteppedEvents implements AsyncIterableIterator<CallEvent> {
  readonly #steps: EventSteps;
  readonly #onStep = (step: IteratorResult<CallEvent>) => this.#take(step) ?? this.#skip();
  readonly #onFault = (error: unknown) => this.#abandon(error);
  #inner: AsyncIterator<CallEvent> | undefined;
  #left = false;

  constructor(steps: EventSteps) {
    this.#steps = steps;
  }

  next(): Promise<Step> {
    if (this.#left) return ended;
    this.#inner ??= this.#steps.open()[Symbol.asyncIterator]();
    return this.#inner.next().then(this.#onStep, this.#onFault);
  }

  return(): Promise<Step> {
    this.#end();
    // An iterator that is left answers that it is done.
    return (this.#inner?.return?.() as Promise<Step> | undefined) ?? ended;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    this.#left = true;
    this.#steps.leave?.();
  }

  #abandon(error: unknown): never {
    this.#end();
    // The rest is not taken any more: whoever makes it is told, and the fault goes to the consumer.
    this.#inner?.return?.().catch(() => undefined);
    throw error;
  }

  /** The step as the consumer gets it; undefined for an event that is left out. */
  #take(step: IteratorResult<CallEvent>): Step | Promise<Step> | undefined {
    if (step.done === true) {
      this.#end();
      return over;
    }
    let value;
    try {
      value = this.#steps.each(step.value);
    } catch (error) {
      return this.#abandon(error);
    }
    if (value instanceof Instead) {
      this.#inner = value.events[Symbol.asyncIterator]();
      return undefined;
    }
    if (value instanceof Promise) {
      return value.then((made): Step => ({ done: false, value: made }), this.#onFault);
    }
    return value === undefined ? undefined : { done: false, value };
  }

  /** In a loop: a promise that waits for the next one, and so on, would hold as many as are left out. */
  async #skip(): Promise<Step> {
    let taken: Step | Promise<Step> | undefined;
    while (!this.#left && !taken) {
      taken = this.#take(await this.#inner!.next().catch(this.#onFault));
    }
    return taken ?? over;
  }
}

/** The event and no more. */
export async function* only(event: CallEvent): AsyncGenerator<CallEvent, void, undefined> {
  yield await Promise.resolve(event);
}
