import { randomBytes } from 'node:crypto';
import { McpError } from '../../../../lib/errors.js';
import { counted } from '../../../../lib/held/counts.js';
import { anonymousIdentity, userKey } from '../../../../lib/identity.js';
import type { Sealer } from '../../../../lib/handles/seal.js';
import type { Ask, CallEvent } from '../../core/calls/call.js';
import type { SessionOwner } from '../sessions/sessions.js';

/** A call that waits for its client to come back with an answer. */
export interface ParkedCall {
  readonly events: AsyncIterator<CallEvent>;
  readonly ask: Ask;
  readonly server: string;
  /** What the call is about: the client must come back with the same. */
  readonly about: string;
  /** Gives the call up, and what is held for it. */
  readonly abandon: () => void;
}

export interface ParkedOwner extends SessionOwner {
  /** `userKey` of the caller. */
  readonly user: string;
}

interface Entry {
  readonly owner: ParkedOwner;
  readonly call: ParkedCall;
  readonly timer: NodeJS.Timeout;
}

export interface ParkedBounds {
  readonly all: number;
  /** Callers without an identity are many behind one name: they have half of all. */
  readonly ofOne: number;
}

const defaultBounds: ParkedBounds = {
  all: counted.parkedCalls.most,
  ofOne: counted.parkedCalls.ofOne,
};
const anonymous = userKey(anonymousIdentity);
const idBytes = 16;

/**
 * Calls of clients without sessions that a server has asked something in, each under a sealed
 * `requestState` that opens once, and for whom it was given to (2026-07-28, basic/patterns/mrtr).
 */
export class ParkedCalls {
  readonly #sealer: Sealer;
  readonly #now: () => number;
  readonly #lifetimeMs: number;
  readonly #bounds: ParkedBounds;
  readonly #entries = new Map<string, Entry>();
  readonly #byUser = new Map<string, number>();

  constructor(sealer: Sealer, now: () => number, lifetimeMs: number, bounds = defaultBounds) {
    this.#bounds = bounds;
    this.#sealer = sealer;
    this.#now = now;
    this.#lifetimeMs = lifetimeMs;
  }

  /** Calls that wait. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Parks a call and answers its `requestState`.
   * @param mostMs it waits no longer: the caller's credential ends then
   * @throws McpError `overloaded`
   */
  park(owner: ParkedOwner, call: ParkedCall, mostMs = Infinity): string {
    this.#admit(owner);
    const id = randomBytes(idBytes).toString('base64url');
    const ms = Math.min(this.#lifetimeMs, mostMs);
    const expire = () => {
      this.#drop(id);
      call.abandon();
    };
    const timer = setTimeout(expire, ms).unref();
    this.#entries.set(id, { owner, call, timer });
    this.#count(owner, 1);
    return this.#sealer.seal(context(owner), Buffer.from(id), this.#now() + ms);
  }

  /**
   * Takes a call out.
   * @throws McpError `invalid_params` for a state that is forged, foreign, used or expired, or that
   *   came back with another call
   */
  take(owner: SessionOwner, state: string, about: string): ParkedCall {
    const id = this.#sealer.open(context(owner), state)?.payload.toString();
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (id === undefined || entry === undefined || entry.call.about !== about) {
      throw new McpError('invalid_params', 'this requestState is not valid here; call again');
    }
    this.#drop(id);
    return entry.call;
  }

  close(): void {
    for (const [id, { call }] of [...this.#entries]) {
      this.#drop(id);
      call.abandon();
    }
  }

  #drop(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    clearTimeout(entry.timer);
    this.#entries.delete(id);
    this.#count(entry.owner, -1);
  }

  #admit({ user }: ParkedOwner): void {
    const { all, ofOne } = this.#bounds;
    const most = user === anonymous ? Math.ceil(all / 2) : ofOne;
    const own = this.#byUser.get(user) ?? 0;
    if (own < most && this.#entries.size < all) return;
    throw new McpError('overloaded', 'too many calls wait for their clients');
  }

  #count({ user }: ParkedOwner, by: 1 | -1): void {
    const own = (this.#byUser.get(user) ?? 0) + by;
    if (own > 0) this.#byUser.set(user, own);
    else this.#byUser.delete(user);
  }
}

function context({ endpoint, principal }: SessionOwner) {
  return { type: 'state', endpoint, principal } as const;
}
