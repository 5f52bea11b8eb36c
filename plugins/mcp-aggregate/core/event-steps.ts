import type { CallEvent } from './call.js';

type Step = IteratorResult<CallEvent, undefined>;

const over: Step = { done: true, value: undefined };

export interface EventSteps {
  /** Called for the first event; nothing has happened before. */
  readonly open: () => AsyncIterable<CallEvent>;
  /**
   * Looks at each event, and may change it; one for which it answers undefined is left out. A promise
   * it answers must not be rejected.
   */
  readonly each: (event: CallEvent) => CallEvent | Promise<CallEvent> | undefined;
  /** Called when no more events are wanted or come; possibly more than once. */
  readonly leave?: () => void;
}

/**
 * A call's events with something done to each. Where an async generator would do it in fewer lines,
 * each generator on the way adds several promises to every event, and a call passes through four.
 */
export function eventSteps({ open, each, leave }: EventSteps): AsyncIterableIterator<CallEvent> {
  let inner: AsyncIterator<CallEvent> | undefined;
  let left = false;
  const end = () => {
    left = true;
    leave?.();
  };
  const abandon = (error: unknown): never => {
    end();
    // The rest is not taken any more: whoever makes it is told, and the fault goes to the consumer.
    inner?.return?.().catch(() => undefined);
    throw error;
  };
  /** The step as the consumer gets it; undefined for an event that is left out. */
  const take = (step: IteratorResult<CallEvent>): Step | Promise<Step> | undefined => {
    if (step.done === true) {
      end();
      return over;
    }
    let value;
    try {
      value = each(step.value);
    } catch (error) {
      return abandon(error);
    }
    if (value instanceof Promise) {
      return value.then((made): Step => ({ done: false, value: made }), abandon);
    }
    return value === undefined ? undefined : { done: false, value };
  };
  /** In a loop: a promise that waits for the next one, and so on, would hold as many as are left out. */
  const skip = async (): Promise<Step> => {
    let taken: Step | Promise<Step> | undefined;
    while (!left && !taken) taken = take(await inner!.next().catch(abandon));
    return taken ?? over;
  };
  const next = (): Promise<Step> => {
    if (left) return Promise.resolve(over);
    inner ??= open()[Symbol.asyncIterator]();
    return inner.next().then((step) => take(step) ?? skip(), abandon);
  };
  return {
    next,
    async return() {
      end();
      await inner?.return?.();
      return over;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The event and no more. */
export async function* only(event: CallEvent): AsyncGenerator<CallEvent, void, undefined> {
  yield await Promise.resolve(event);
}
