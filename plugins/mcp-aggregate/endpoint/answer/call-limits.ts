import { lifetimeOf } from '../requests/lifetime.js';
import type { Exchange } from '../requests/exchange.js';

/** What ends a call before its server does. */
export interface CallLimitsOptions {
  readonly abort: () => void;
  /** Silence after which `onSilence` is told, in milliseconds. */
  readonly silenceMs: number;
  readonly onSilence: () => void;
  /** How long a call goes on after its client has left, in milliseconds. */
  readonly graceMs: number;
}

const longestTimer = 2 ** 31 - 1;

/** Ends a call when its client has left for good, and when the caller's credential ends. */
export class CallLimits {
  readonly #options: CallLimitsOptions;
  readonly #silence: NodeJS.Timeout;
  #expiry: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #over = false;

  constructor({ ticket }: Exchange, options: CallLimitsOptions) {
    this.#options = options;
    this.#silence = setTimeout(() => {
      options.onSilence();
      const left = lifetimeOf(ticket.caller.identity);
      if (left < longestTimer) this.#expiry = setTimeout(options.abort, left).unref();
    }, options.silenceMs).unref();
  }

  /** The client has gone, or is back. */
  clientIs(present: boolean): void {
    clearTimeout(this.#grace);
    if (present || this.#over) return;
    const { abort, graceMs } = this.#options;
    if (graceMs === 0) abort();
    else this.#grace = setTimeout(abort, graceMs).unref();
  }

  end(): void {
    this.#over = true;
    for (const timer of [this.#silence, this.#expiry, this.#grace]) clearTimeout(timer);
  }
}
