/** Time as the core is given it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** The promise's value, or undefined once `ms` have passed. Rejects as the promise does. */
  within<T>(promise: Promise<T>, ms: number): Promise<T | undefined>;
  /** Lets other work of the event loop run; of many that wait, one goes on at a time. */
  breathe(): Promise<void>;
}
