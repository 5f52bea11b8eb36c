import { McpError } from '../../../../lib/errors/errors.js';
import { counted } from '../../../../lib/held/counts.js';
import { userKey } from '../../../../lib/identity/identity.js';
import type { CallerContext } from '../../core/calls/call.js';

const { most: mostStreams, ofOne: mostOfOne } = counted.streams;

/** Counts the streams that clients hold open, so that no one of them takes all there are. */
export class OpenStreams {
  readonly #most: number;
  readonly #mostOfOne: number;
  readonly #byUser = new Map<string, number>();
  #size = 0;

  constructor(most: number = mostStreams, ofOne: number = mostOfOne) {
    this.#most = most;
    this.#mostOfOne = ofOne;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Counts a stream in; call what it answers, once, when the stream has ended. Anonymous callers
   * are one user, so only the whole is bounded for them.
   * @throws McpError `overloaded`
   */
  enter({ identity }: CallerContext): () => void {
    const user = userKey(identity);
    const own = this.#byUser.get(user) ?? 0;
    if (this.#size >= this.#most || (identity.subject !== '' && own >= this.#mostOfOne)) {
      throw new McpError('overloaded', 'too many streams are open');
    }
    this.#size += 1;
    this.#byUser.set(user, own + 1);
    return () => {
      this.#size -= 1;
      const left = (this.#byUser.get(user) ?? 1) - 1;
      if (left > 0) this.#byUser.set(user, left);
      else this.#byUser.delete(user);
    };
  }
}
