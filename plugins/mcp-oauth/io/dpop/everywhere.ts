import { SharedStateDown } from '../../../../lib/shared-state/redis-connection.js';
import type { FirstUse, ProofUse, UsedProofs } from './used-proofs.js';

/** What all workers and nodes know together; see SharedState. */
export interface OnceEverywhere {
  /** @throws SharedStateDown */
  once(kind: string, name: string, ms: number): Promise<boolean>;
}

/**
 * Used proofs of all workers and nodes that share a Redis. This process looks first, so that a caller
 * has a share here too; a Redis that does not answer lets nothing pass.
 */
export class UsedEverywhere implements UsedProofs {
  readonly #own: UsedProofs;
  readonly #shared: OnceEverywhere;
  readonly #now: () => number;

  /** @param now clock in milliseconds since the epoch */
  constructor(own: UsedProofs, shared: OnceEverywhere, now: () => number) {
    this.#own = own;
    this.#shared = shared;
    this.#now = now;
  }

  async take(use: ProofUse): Promise<FirstUse> {
    const first = await this.#own.take(use);
    if (first !== 'first') return first;
    const name = Buffer.from(use.proof, 'latin1').toString('base64url');
    try {
      return (await this.#shared.once('jti', name, use.endsAt - this.#now())) ? 'first' : 'used';
    } catch (error) {
      if (error instanceof SharedStateDown) return 'unavailable';
      throw error;
    }
  }
}
