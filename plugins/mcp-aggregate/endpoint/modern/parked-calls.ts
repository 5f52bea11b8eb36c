import { randomBytes } from 'node:crypto';
import { McpError } from '../../../../lib/errors.js';
import type { Sealer } from '../../../../lib/seal.js';
import type { Ask, CallEvent } from '../../core/call.js';
import type { SessionOwner } from '../sessions.js';

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

interface Entry {
  readonly owner: SessionOwner;
  readonly call: ParkedCall;
  readonly timer: NodeJS.Timeout;
}

const mostCalls = 1_000;
const idBytes = 16;

/**
 * Calls of clients without sessions that a server has asked something in, each under a sealed
 * `requestState` that opens once, and for whom it was given to (2026-07-28, basic/patterns/mrtr).
 */
export class ParkedCalls {
  readonly #sealer: Sealer;
  readonly #now: () => number;
  readonly #lifetimeMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor(sealer: Sealer, now: () => number, lifetimeMs: number) {
    this.#sealer = sealer;
    this.#now = now;
    this.#lifetimeMs = lifetimeMs;
  }

  /**
   * Parks a call and answers its `requestState`.
   * @throws McpError `overloaded`
   */
  park(owner: SessionOwner, call: ParkedCall): string {
    if (this.#entries.size >= mostCalls) {
      throw new McpError('overloaded', 'too many calls wait for their clients');
    }
    const id = randomBytes(idBytes).toString('base64url');
    const expire = () => {
      this.#entries.delete(id);
      call.abandon();
    };
    const timer = setTimeout(expire, this.#lifetimeMs).unref();
    this.#entries.set(id, { owner, call, timer });
    return this.#sealer.seal(context(owner), Buffer.from(id), this.#now() + this.#lifetimeMs);
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
    clearTimeout(entry.timer);
    this.#entries.delete(id);
    return entry.call;
  }

  close(): void {
    for (const { call, timer } of this.#entries.values()) {
      clearTimeout(timer);
      call.abandon();
    }
    this.#entries.clear();
  }
}

function context({ endpoint, principal }: SessionOwner) {
  return { type: 'state', endpoint, principal } as const;
}
