import type { ServerResponse } from 'node:http';
import { held } from '../../../../lib/held/limits.js';
import { log } from '../../../../lib/log.js';

/** How fast a client has to take what it has asked for. */
export interface PaceBounds {
  /** How long it may take nothing, in milliseconds. */
  readonly stallMs: number;
  /** What it has to take on average, in bytes per second, once `stallMs` have passed. */
  readonly leastRate: number;
}

export const leastRate = 16_384;
const defaultBounds: PaceBounds = { stallMs: held.answers.ms, leastRate };

/**
 * Watches over a client that takes a large message: one that is too slow is cut off, since the
 * message is held in memory meanwhile.
 */
export class Pace {
  readonly #response: ServerResponse;
  readonly #bounds: PaceBounds;
  readonly #startedAt = performance.now();
  #written = 0;

  constructor(response: ServerResponse, bounds: PaceBounds = defaultBounds) {
    this.#response = response;
    this.#bounds = bounds;
  }

  wrote(bytes: number): void {
    this.#written += bytes;
  }

  /** Resolves when the client has room for more, or is gone. */
  drained(): Promise<void> {
    return this.#until('drain');
  }

  /** Resolves when all of an ended response is on its way to the client, or it is gone. */
  finished(): Promise<void> {
    if (this.#response.writableFinished) return Promise.resolve();
    return this.#until('finish');
  }

  #until(event: 'drain' | 'finish'): Promise<void> {
    const response = this.#response;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#cutOff(), this.#leftMs()).unref();
      const done = () => {
        clearTimeout(timer);
        response.off(event, done);
        response.off('close', done);
        resolve();
      };
      response.on(event, done);
      response.on('close', done);
      if (response.destroyed) done();
    });
  }

  #leftMs(): number {
    const { stallMs, leastRate: rate } = this.#bounds;
    const elapsed = performance.now() - this.#startedAt;
    return Math.max(0, Math.min(stallMs, stallMs + (this.#written / rate) * 1_000 - elapsed));
  }

  #cutOff(): void {
    log('info', 'answer_not_read', { bytes: this.#written });
    this.#response.destroy();
  }
}
