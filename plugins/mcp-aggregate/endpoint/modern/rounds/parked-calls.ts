import { randomBytes } from 'node:crypto';
import { McpError } from '../../../../../lib/errors/errors.js';
import { counted } from '../../../../../lib/held/counts.js';
import type { Hold } from '../../../../../lib/held/held-bytes.js';
import { anonymousIdentity, userKey } from '../../../../../lib/identity/identity.js';
import type { Ask } from '../../../core/calls/call.js';
import type { SpokenEra } from '../../answer/outcome-headers.js';
import type { SessionOwner } from '../../sessions/sessions.js';
import type { Lookahead } from './lookahead.js';
import { staleState } from './request-states.js';
import type { RequestStates } from './request-states.js';

/** A call between the requests of its client. */
export interface OngoingCall {
  readonly events: Lookahead;
  /** What has been asked and not answered. */
  readonly asks: readonly Ask[];
  readonly server: string;
  readonly spoken: SpokenEra;
  /** Where the bytes of its answers are counted. */
  readonly hold: Hold;
  /** Gives the call up, and what is held for it. */
  readonly abandon: () => void;
}

/** A call that waits for its client to come back with answers. */
export interface ParkedCall extends OngoingCall {
  /** What the call is about: the client must come back with the same. */
  readonly about: string;
  /** Hash of the configuration under which it was begun. */
  readonly configuration: string;
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

/** A place where a call is parked. */
export interface Parking {
  /** `requestState`, sealed. */
  readonly state: string;
  /** Gives the call up where it still waits: nobody will come back to it. */
  readonly leave: () => void;
}

const defaultBounds: ParkedBounds = {
  all: counted.parkedCalls.most,
  ofOne: counted.parkedCalls.ofOne,
};
const anonymous = userKey(anonymousIdentity);
const idBytes = 16;

/**
 * Calls of clients without sessions that a server with sessions has asked something in, each under a
 * `requestState` that opens once.
 */
export class ParkedCalls {
  readonly #states: RequestStates;
  readonly #lifetimeMs: number;
  readonly #bounds: ParkedBounds;
  readonly #entries = new Map<string, Entry>();
  readonly #byUser = new Map<string, number>();

  constructor(states: RequestStates, lifetimeMs: number, bounds = defaultBounds) {
    this.#states = states;
    this.#lifetimeMs = lifetimeMs;
    this.#bounds = bounds;
  }

  /** Calls that wait. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Parks a call.
   * @param mostMs it waits no longer: the caller's credential ends then
   * @throws McpError `overloaded`
   */
  park(owner: ParkedOwner, call: ParkedCall, mostMs = Infinity): Parking {
    this.#admit(owner);
    const id = randomBytes(idBytes).toString('base64url');
    const ms = Math.min(this.#lifetimeMs, mostMs);
    const leave = () => {
      if (this.#drop(id)) call.abandon();
    };
    const timer = setTimeout(leave, ms).unref();
    this.#entries.set(id, { owner, call, timer });
    this.#count(owner, 1);
    return { state: this.#states.seal(owner, { kind: 'parked', id }, ms), leave };
  }

  /**
   * Takes a call out.
   * @param id of a state that was opened for its owner
   * @param same what the client came back with
   * @param check may refuse: the call then goes on waiting
   * @throws McpError `invalid_params` where it has been taken or its time is over, or where the client
   *   came back with another call
   */
  take(
    id: string,
    same: Pick<ParkedCall, 'about' | 'configuration'>,
    check: (call: ParkedCall) => void = () => undefined,
  ): ParkedCall {
    const call = this.#entries.get(id)?.call;
    if (call?.about !== same.about || call.configuration !== same.configuration) throw staleState();
    check(call);
    this.#drop(id);
    return call;
  }

  close(): void {
    for (const [id, { call }] of [...this.#entries]) {
      this.#drop(id);
      call.abandon();
    }
  }

  /** Whether it was there. */
  #drop(id: string): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    clearTimeout(entry.timer);
    this.#entries.delete(id);
    this.#count(entry.owner, -1);
    return true;
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
