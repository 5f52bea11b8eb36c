import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import { McpError } from '../../../../lib/errors/errors.js';
import { cancelled, timedOut } from '../failure/failures.js';

type Listener = (reason: McpError) => void;

/** With progress, work may last so many deadlines in all. */
const mostDeadlines = 10;

/**
 * How long a piece of work with one server may last: until its deadline, or until the caller
 * gives it up. An AbortSignal is made only on demand: a call needs none, and it is not cheap.
 */
export class CallScope {
  readonly #server: string;
  readonly #deadlineMs: number;
  #timer: NodeJS.Timeout | undefined;
  #leftMs: number;
  #runningSince = 0;
  #progressAt = -Infinity;
  /** What progress may add yet. */
  #spareMs: number;
  #pauses = 0;
  #isStarted: boolean;
  readonly #outer: CancelSignal;
  readonly #onOuter: () => void;
  /** Hardly ever more than one. */
  #listeners: readonly Listener[] = [];
  #controller: AbortController | undefined;
  #reason: McpError | undefined;

  /** @param runs false where `start` sets the clock going */
  constructor(server: string, deadlineMs: number, outer: CancelSignal, runs = true) {
    this.#server = server;
    this.#deadlineMs = deadlineMs;
    this.#leftMs = deadlineMs;
    this.#spareMs = deadlineMs * (mostDeadlines - 1);
    this.#outer = outer;
    this.#onOuter = () => {
      const reason: unknown = outer.reason;
      this.#end(reason instanceof McpError ? reason : cancelled(server));
    };
    this.#isStarted = runs;
    if (runs) this.#run();
    else this.#pauses = 1;
    if (outer.aborted) this.#onOuter();
    else outer.addEventListener('abort', this.#onOuter, { once: true });
  }

  /** Why the work has to end, once it has to. */
  get reason(): McpError | undefined {
    return this.#reason;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      this.onEnd((reason) => controller.abort(reason));
    }
    return this.#controller.signal;
  }

  /** Calls the listener when the work has to end, at once if it already has; answers a remover. */
  onEnd(listener: Listener): () => void {
    if (this.#reason) listener(this.#reason);
    else if (this.#listeners.length === 0) this.#listeners = [listener];
    else this.#listeners = [...this.#listeners, listener];
    return () => this.#remove(listener);
  }

  /** Sets the clock going; once. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    if (--this.#pauses === 0) this.#run();
  }

  /**
   * Waits for `work` no longer than the scope lasts.
   * @throws McpError the reason
   */
  within<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const remove = this.onEnd(reject);
      work.then(resolve, reject).finally(remove);
    });
  }

  /**
   * Stops the clock while the server waits for somebody else. Answers what sets it going again,
   * once; of several pauses all have to end.
   */
  pause(): () => void {
    if (this.#pauses++ === 0) {
      clearTimeout(this.#timer);
      this.#leftMs -= performance.now() - this.#runningSince;
    }
    let paused = true;
    return () => {
      if (!paused) return;
      paused = false;
      if (--this.#pauses === 0) this.#run();
    };
  }

  /**
   * The server is at work still: its deadline counts anew, within a bound (MCP, basic/lifecycle,
   * Timeouts). Costs no timer, since a server may say so a thousand times a second.
   */
  prolong(): void {
    this.#progressAt = performance.now();
  }

  /** Ends the watching: nothing happens any more. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#pauses = Infinity;
    this.#outer.removeEventListener('abort', this.#onOuter);
    this.#listeners = [];
  }

  #remove(listener: Listener): void {
    const { length } = this.#listeners;
    if (length > 0)
      this.#listeners =
        length === 1 && this.#listeners[0] === listener
          ? []
          : this.#listeners.filter((other) => other !== listener);
  }

  #run(): void {
    this.#runningSince = performance.now();
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, this.#leftMs));
  }

  #expire(): void {
    const due = this.#progressAt + this.#deadlineMs - performance.now();
    const moreMs = Math.min(due, this.#spareMs);
    if (moreMs < 1) return this.#end(timedOut(this.#server, this.#deadlineMs));
    this.#spareMs -= moreMs;
    this.#leftMs = moreMs;
    this.#run();
  }

  #end(reason: McpError): void {
    if (this.#reason) return;
    this.#reason = reason;
    for (const listener of this.#listeners) listener(reason);
  }
}
