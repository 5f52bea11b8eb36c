import { log } from '../../../lib/log.js';
import type { Action } from '../core/actions.js';
import { statusOf } from '../kube/kube-error.js';

export interface QueueOptions {
  /** Writes one action. */
  readonly perform: (action: Action) => Promise<void>;
  /** Told of each outcome: `ok`, or why not. */
  readonly onOutcome: (type: Action['type'], outcome: string) => void;
  /** A write that was too late: what is known has to be looked at again. */
  readonly onConflict: () => void;
}

const concurrency = 8;
/** Writes in a second, and at once after a rest. */
const [rate, burst] = [50, 200];
/** An API server that was away is back for all keys at once, so none waits for long. */
const [firstRetryMs, lastRetryMs] = [200, 15_000];
/** Who was late once more is not at fault, but must not fight either. */
const lastConflictMs = 1_000;

interface Failure {
  readonly count: number;
  readonly until: number;
}

/**
 * Writes of the newest plan, one of each key at a time, at a bounded rate; each key that fails waits
 * longer and longer and holds up no other. It holds no more than one plan.
 */
export class WorkQueue {
  readonly #options: QueueOptions;
  #wanted = new Map<string, Action>();
  readonly #running = new Set<string>();
  readonly #failures = new Map<string, Failure>();
  #tokens = burst;
  #filledAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#wanted.size;
  }

  /** Takes the place of what has not been begun. */
  replace(actions: readonly Action[]): void {
    this.#wanted = new Map(actions.map((action) => [action.key, action]));
    for (const key of this.#failures.keys()) {
      if (!this.#wanted.has(key)) this.#failures.delete(key);
    }
    this.#advance();
  }

  /** Begins nothing more, and settles when what runs has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    while (this.#running.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  #advance(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    const now = performance.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) * rate) / 1000);
    this.#filledAt = now;
    let next = Infinity;
    for (const [key, action] of this.#wanted) {
      if (this.#running.has(key)) continue;
      const { until = 0 } = this.#failures.get(key) ?? {};
      if (until > now) {
        next = Math.min(next, until - now);
        continue;
      }
      if (this.#running.size >= concurrency) break;
      if (this.#tokens < 1) {
        next = Math.min(next, ((1 - this.#tokens) * 1000) / rate);
        break;
      }
      this.#tokens -= 1;
      void this.#do(key, action);
    }
    if (next < Infinity) this.#timer = setTimeout(() => this.#advance(), next + 1);
  }

  async #do(key: string, action: Action): Promise<void> {
    this.#running.add(key);
    try {
      await this.#options.perform(action);
      this.#failures.delete(key);
      if (this.#wanted.get(key) === action) this.#wanted.delete(key);
      this.#options.onOutcome(action.type, 'ok');
    } catch (error) {
      this.#failed(key, action, error);
    } finally {
      this.#running.delete(key);
      this.#advance();
    }
  }

  #failed(key: string, action: Action, error: unknown): void {
    const { count = 0 } = this.#failures.get(key) ?? {};
    const status = statusOf(error);
    // Somebody was quicker, which happens; what is known then is about to be newer.
    const expected = status === 409 || status === 404;
    const most = expected ? lastConflictMs : lastRetryMs;
    const waitMs = Math.min(most, firstRetryMs * 2 ** Math.min(count, 10));
    this.#failures.set(key, { count: count + 1, until: performance.now() + waitMs });
    this.#options.onOutcome(action.type, status === 409 ? 'conflict' : 'failed');
    const reason = (error as Error).message.slice(0, 300);
    log(expected ? 'debug' : 'warn', 'write_failed', { key, status: status ?? 0, reason });
    if (expected) this.#options.onConflict();
  }
}
