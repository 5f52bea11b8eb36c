import { LRUCache } from 'lru-cache';
import { userKey } from '../../../../lib/identity.js';
import type { SharedState } from '../../../../lib/shared-state/shared-state.js';
import type { Ticket } from '../requests/ticket.js';
import type { Session, Sessions } from './sessions.js';

/** Sessions of which this process knows that they have not ended elsewhere before. */
const mostKnown = 50_000;

/**
 * Sessions that come to this process for the first time, as after its restart: one that has ended
 * before must not open again. Where Redis does not say in time, it does, as without Redis.
 */
export class Strangers {
  readonly #sessions: Sessions;
  readonly #known = new LRUCache<string, true>({ max: mostKnown });

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
    if (this.#known.has(session.id)) return;
    if (await shared.hasEnded(session.id)) this.#sessions.end(session);
    else this.#known.set(session.id, true);
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
