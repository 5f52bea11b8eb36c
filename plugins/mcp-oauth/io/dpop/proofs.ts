import { sealingKeys } from '../../../../lib/handles/sealing-keys.js';
import { held } from '../../../../lib/held/limits.js';
import { siblings } from '../../../../lib/workers/siblings.js';
import type { VerifyProof } from '../../core/holder/verify-proof.js';
import type { OAuthConfig } from '../../core/oauth-config.js';
import { UsedEverywhere } from './everywhere.js';
import type { OnceEverywhere } from './everywhere.js';
import { Nonces } from './nonces.js';
import type { NonceSecrets } from './nonces.js';
import { ProofKeys } from './proof-keys.js';
import { proofVerifier } from './proof-verifier.js';
import { answerSiblings, SharedUsedProofs } from './shared-used-proofs.js';
import { OwnUsedProofs } from './used-proofs.js';

/**
 * What the verifiers of a process share. What was used is remembered for the process, not for a
 * configuration: a change of it must not let an old proof pass once more.
 */
export class Proofs {
  readonly #nonces: Nonces;
  readonly #keys = new ProofKeys();
  readonly #own: OwnUsedProofs;
  readonly #ofWorkers: SharedUsedProofs;
  readonly #now: () => number;

  /** Answers the other workers' questions from here on. @param now clock in milliseconds */
  constructor(now: () => number, secrets: NonceSecrets) {
    this.#now = now;
    this.#nonces = new Nonces(secrets);
    this.#own = new OwnUsedProofs(held.proofs, now);
    this.#ofWorkers = new SharedUsedProofs(this.#own, siblings);
    answerSiblings(this.#own, siblings());
  }

  /** @param everywhere what nodes know together; without it workers ask each other */
  verifierFor(config: OAuthConfig, everywhere: OnceEverywhere | undefined): VerifyProof {
    const used =
      everywhere === undefined
        ? this.#ofWorkers
        : new UsedEverywhere(this.#own, everywhere, this.#now);
    const parts = { nonces: this.#nonces, keys: this.#keys, used, now: this.#now };
    return proofVerifier(config.audiences[0] ?? '', config.holder.dpop, parts);
  }
}

/** Nonces are known to whoever has the sealing keys: all workers, and nodes with the same ones. */
export const sealingSecrets: NonceSecrets = async () => (await sealingKeys()).keys;
