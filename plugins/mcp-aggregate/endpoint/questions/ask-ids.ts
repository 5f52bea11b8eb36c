import { randomBytes } from 'node:crypto';
import type { Sealer } from '../../../../lib/handles/seal.js';
import { readOwner, writeOwner } from '../../core/owners/owner.js';
import type { Owner } from '../../core/owners/owner.js';
import type { SessionOwner } from '../sessions/sessions.js';

const idBytes = 18;

/** Ids of a process that is alone. */
export const randomIds: Pick<AskIds, 'mint'> = {
  mint: () => randomBytes(idBytes).toString('base64url'),
};

/** No id of ours is longer. */
const mostChars = 1_024;

/**
 * Ids under which clients are asked, where there are several processes: sealed, so that nobody can
 * guess one, they name the process that waits for the answer.
 */
export class AskIds {
  readonly #sealer: Sealer;
  readonly #now: () => number;
  readonly #self: Owner;

  /** @param self the process that waits for the answers */
  constructor(sealer: Sealer, now: () => number, self: Owner) {
    this.#sealer = sealer;
    this.#now = now;
    this.#self = self;
  }

  /** @param ms how long the question may be answered */
  mint(asked: SessionOwner, ms: number): string {
    const payload = Buffer.concat([randomBytes(idBytes), writeOwner(this.#self)]);
    return this.#sealer.seal(context(asked), payload, this.#now() + ms);
  }

  /** The process that waits for the answer; undefined for what is forged, foreign or names none. */
  ownerOf(caller: SessionOwner, id: string): Owner | undefined {
    const payload = this.#sealer.open(context(caller), id, mostChars)?.payload;
    return payload && readOwner(payload.subarray(idBytes));
  }
}

function context({ endpoint, principal }: SessionOwner) {
  return { type: 'request', endpoint, principal } as const;
}
