import { McpError } from '../../../lib/errors.js';
import type { CallerContext } from '../core/call.js';

const mostStreams = 10_000;
const mostOfOne = 256;

/** Counts the streams that clients hold open, so that no one of them takes all there are. */
export class OpenStreams {
  readonly #most: number;
  readonly #mostOfOne: number;
  readonly #byPrincipal = new Map<string, number>();
  #size = 0;

  constructor(most = mostStreams, ofOne = mostOfOne) {
    this.#most = most;
    this.#mostOfOne = ofOne;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Counts a stream in; call what it answers, once, when the stream has ended. Anonymous callers
   * are one principal, so only the whole is bounded for them.
   * @throws McpError `overloaded`
   */
  enter({ principal, identity }: CallerContext): () => void {
    const own = this.#byPrincipal.get(principal) ?? 0;
    if (this.#size >= this.#most || (identity.subject !== '' && own >= this.#mostOfOne)) {
      throw new McpError('overloaded', 'too many streams are open');
    }
    this.#size += 1;
    this.#byPrincipal.set(principal, own + 1);
    return () => {
      this.#size -= 1;
      const left = (this.#byPrincipal.get(principal) ?? 1) - 1;
      if (left > 0) this.#byPrincipal.set(principal, left);
      else this.#byPrincipal.delete(principal);
    };
  }
}
