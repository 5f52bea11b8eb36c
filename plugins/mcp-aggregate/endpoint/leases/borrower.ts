import type { Duplex } from 'node:stream';
import { sendFrame } from '../../../../lib/workers/frames.js';
import { lentFrame } from './lease-messages.js';
import type { LeaseAnswer } from './lease-book.js';

/** Another worker that sessions are lent to. */
export class Borrower {
  readonly #stream: Duplex;
  /** By recall, what is called once it is answered. */
  readonly #waiting = new Map<number, () => void>();
  #last = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('error', () => undefined);
    stream.once('close', () => this.#gone());
  }

  answer(n: number, answer: LeaseAnswer): void {
    sendFrame(this.#stream, lentFrame(n, answer));
  }

  /**
   * Takes leases back. Resolves when the other worker uses them no more: it says so, has gone, or their
   * time is over.
   * @param endsAt of the last of them
   */
  recall(ns: readonly number[], endsAt: number): Promise<void> {
    if (this.#stream.destroyed) return Promise.resolve();
    const r = ++this.#last;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.dropped(r), endsAt - performance.now()).unref();
      this.#waiting.set(r, () => {
        clearTimeout(timer);
        resolve();
      });
      sendFrame(this.#stream, { t: 'recall', r, ns });
    });
  }

  /** The recall is answered. */
  dropped(r: number): void {
    const resolve = this.#waiting.get(r);
    this.#waiting.delete(r);
    resolve?.();
  }

  #gone(): void {
    for (const r of [...this.#waiting.keys()]) this.dropped(r);
  }
}
