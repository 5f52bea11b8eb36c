import type { Siblings } from '../../../../lib/workers/siblings.js';
import type { EndedSession } from '../../../../lib/shared-state/ended-session.js';
import type { SharedState } from '../../../../lib/shared-state/shared-state.js';
import { sharedStates } from '../../../../lib/shared-state/shared-states.js';
import type { Runtimes } from '../../io/runtimes/runtimes.js';
import type { InFlight } from '../requests/in-flight.js';
import type { Leases } from '../leases/leases.js';
import type { Channels } from '../streams/channels.js';
import { learnEndedBefore, tellEndedBefore } from './ended-before.js';
import type { LogLevels } from './log-levels.js';
import type { Sessions } from './sessions.js';
import type { Subscriptions } from './subscriptions.js';

export interface SessionEndsParts {
  readonly siblings: Siblings;
  readonly sessions: Sessions;
  readonly logLevels: LogLevels;
  readonly subscriptions: Subscriptions;
  readonly channels: Channels;
  readonly inFlight: InFlight;
  readonly runtimes: Runtimes;
  readonly leases: Pick<Leases, 'drop' | 'recall'>;
}

const topic = 'session_ended';

/**
 * Ends sessions in all workers of the node: any of them may have stood in for the one that keeps what
 * belongs to it, and none may open it again.
 */
export class SessionEnds {
  readonly #parts: SessionEndsParts;

  constructor(parts: SessionEndsParts) {
    this.#parts = parts;
    parts.siblings.onTold(topic, (message) => void this.#end(message as EndedSession));
    sharedStates.sessionEnded.add((ended) => void this.#end(ended));
  }

  /**
   * Takes over what the other workers know, as one that has taken the place of a dead one must before
   * requests are led to it. Takes at most two seconds and never rejects.
   */
  async learn(): Promise<void> {
    const { siblings, sessions } = this.#parts;
    await learnEndedBefore(siblings, sessions);
    tellEndedBefore(siblings, sessions);
  }

  /**
   * Resolves when no other worker sends calls to servers in it any more, a lease's time later at most.
   * @param shared by which other nodes are told, where there is one
   */
  async end(ended: EndedSession, shared: SharedState | undefined): Promise<void> {
    const recalled = this.#end(ended);
    this.#parts.siblings.tell(topic, ended);
    void shared?.endSession(ended);
    await recalled;
  }

  #end(ended: EndedSession): Promise<void> {
    const { id, endpoint, principal } = ended;
    const { sessions, logLevels, subscriptions, channels, inFlight, runtimes } = this.#parts;
    const { leases } = this.#parts;
    sessions.end(ended);
    leases.drop(id);
    // Before servers are told, which takes it back as well.
    const recalled = leases.recall(id);
    logLevels.end(ended);
    subscriptions.end(id);
    channels.endSession(id);
    inFlight.endSession({ endpoint, principal, session: id });
    for (const runtime of runtimes.all()) {
      if (runtime.config.endpoint === endpoint) runtime.endConversation(id);
    }
    return recalled;
  }
}
