import { McpError } from '../../../lib/errors.js';
import { cancelled, timedOut } from './failures.js';

/**
 * How long a piece of work with one server may last: until its deadline, or until the caller
 * gives it up. The signal's reason is the McpError that says which.
 */
export class CallScope {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal;
  readonly #onOuter: () => void;

  constructor(server: string, deadlineMs: number, outer: AbortSignal) {
    this.#outer = outer;
    this.#onOuter = () => {
      const reason: unknown = outer.reason;
      this.#controller.abort(reason instanceof McpError ? reason : cancelled(server));
    };
    this.#timer = setTimeout(
      () => this.#controller.abort(timedOut(server, deadlineMs)),
      deadlineMs,
    );
    if (outer.aborted) this.#onOuter();
    else outer.addEventListener('abort', this.#onOuter, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for `work` no longer than the scope lasts; rejects with the signal's reason. */
  async within<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason as Error);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      if (onAbort) signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the watching; the signal is not aborted any more. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#onOuter);
  }
}
