/** What is there, or will be. */
export type Eventual<T> = T | Promise<T>;

/**
 * Goes on with a value: at once where it is there. What each request passes through and what seldom
 * has to wait is written with it: an async function costs promises and turns of the microtask queue
 * also where nothing is waited for, and a call passes through dozens.
 * @throws what `next` throws, where it is called at once
 */
export function andThen<T, R>(value: Eventual<T>, next: (value: T) => Eventual<R>): Eventual<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/**
 * Waits for all; undefined where there is nothing to wait for. Many calls that Kong does not answer
 * share one promise, which is waited for once.
 * @returns a promise that rejects as `Promise.all`
 */
export function allOf(waits: readonly (Promise<unknown> | undefined)[]): Promise<void> | undefined {
  let one: Promise<unknown> | undefined;
  for (const wait of waits) {
    if (wait === undefined || wait === one) continue;
    if (one !== undefined) return Promise.all(waits.filter(isThere)).then(() => undefined);
    one = wait;
  }
  return one as Promise<void> | undefined;
}

function isThere<T>(wait: T | undefined): wait is T {
  return wait !== undefined;
}
