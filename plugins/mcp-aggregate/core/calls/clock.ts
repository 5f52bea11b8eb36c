/** Time as the core is given it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** The promise's value, or undefined once `ms` have passed. Rejects as the promise does. */
  within<T>(promise: Promise<T>, ms: number): Promise<T | undefined>;
  /**
   * Lets other work of the event loop run where this work has had its share of time; of many that
   * wait, one goes on at a time. To be asked after each thing of many.
   * @param work what goes on, in a word, and whose: for operators, where it takes too long
   */
  breathe(work?: string, subject?: string): Promise<void>;
}
