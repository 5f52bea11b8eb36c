import type { Siblings } from '../../../lib/workers/siblings.js';
import { ownerOf } from '../core/owners/owner-of.js';
import type { Belonging } from '../core/owners/owner-of.js';
import type { Owner } from '../core/owners/owner.js';
import { here, placeOf } from '../core/owners/place-of.js';
import type { Here, Place } from '../core/owners/place-of.js';
import type { RequestStates } from './modern/rounds/request-states.js';
import type { AskIds } from './questions/ask-ids.js';
import type { Destination } from './requests/destination.js';
import type { SessionOwner } from './sessions/sessions.js';
import type { Channels } from './streams/channels.js';

export interface OwnersParts {
  readonly siblings: Siblings;
  readonly channels: Pick<Channels, 'ownerOf'>;
  readonly states: Pick<RequestStates, 'ownerOf'>;
  readonly askIds: Pick<AskIds, 'ownerOf'> | undefined;
  /** This process; undefined where it is alone. */
  readonly self: Owner | undefined;
}

const loopback = '127.0.0.1';

/** Which process keeps what requests are about. */
export class Owners {
  readonly #parts: OwnersParts;
  readonly #here: Here | undefined;

  constructor(parts: OwnersParts) {
    const { self, siblings } = parts;
    this.#parts = parts;
    const { count } = siblings;
    const isUp = (slot: number) => slot === self?.slot || siblings.portOf(slot) !== undefined;
    this.#here = self && { self, count, isUp };
  }

  /** Whether all there is is kept by this process. */
  get alone(): boolean {
    return this.#here === undefined;
  }

  /** Where another worker of this node is reached; undefined where it is down. */
  siblingAt(slot: number): Destination | undefined {
    const port = this.#parts.siblings.portOf(slot);
    return port === undefined ? undefined : { host: loopback, port, here: false, slot };
  }

  /** Where a request of this caller goes. */
  placeOf(caller: SessionOwner, belonging: Belonging): Place {
    if (this.#here === undefined) return here;
    const { channels, askIds, states } = this.#parts;
    const open = {
      event: (id: string) => channels.ownerOf(caller, id),
      ask: (id: string) => askIds?.ownerOf(caller, id),
      state: (text: string) => states.ownerOf(caller, text),
    };
    return placeOf(ownerOf(belonging, open, this.#here), this.#here);
  }
}
