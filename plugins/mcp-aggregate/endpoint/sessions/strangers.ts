import { LRUCache } from 'lru-cache';
import { userKey } from '../../../../lib/identity/identity.js';
import type { SharedState } from '../../../../lib/shared-state/shared-state.js';
import type { Ticket } from '../requests/ticket.js';
import type { Session, Sessions } from './sessions.js';

/** Sessions of which this process knows that they have not ended elsewhere before. */
const mostKnown = 50_000;

/**
 * Sessions that come to this process for the first time, as after its restart or after a time in which
 * it heard nothing of others: one that has ended before must not open again. Where Redis does not say
 * in time, it does, as without Redis, and is asked for again with its next request.
 */
export class Strangers {
  readonly #sessions: Sessions;
  /** Each with the time of hearing in which it was asked for. */
  readonly #known = new LRUCache<string, object>({ max: mostKnown });

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** To be awaited before the session of a request is opened. */
  async check({ session: text, config, caller }: Ticket, shared: SharedState): Promise<void> {
    if (text === undefined) return;
    const owner = { endpoint: config.endpoint, principal: caller.principal };
    const session = this.#sessions.open(owner, text);
    if (session === undefined) return;
    if (this.#isRevoked(session, caller, config.sessionTtlMs, shared)) {
      return this.#sessions.end(session);
    }
    const { hearing } = shared;
    if (this.#known.get(session.id) === hearing) return;
    const hasEnded = await shared.hasEnded(session.id);
    if (hasEnded === true) this.#sessions.end(session);
    else if (hasEnded === false) this.#known.set(session.id, hearing);
  }

  /** A user's sessions end with what the user was given before. */
  #isRevoked(
    { expiresAt }: Session,
    { identity }: Ticket['caller'],
    ttlMs: number,
    { revocations }: SharedState,
  ): boolean {
    if (revocations.size === 0) return false;
    return revocations.hasUser(userKey(identity), (expiresAt - ttlMs) / 1000);
  }
}
