import type { Siblings } from '../../../../lib/workers/siblings.js';
import type { Runtimes } from '../../io/runtimes.js';
import type { InFlight } from '../requests/in-flight.js';
import type { Channels } from '../streams/channels.js';
import type { LogLevels } from './log-levels.js';
import type { SessionOwner, Sessions } from './sessions.js';
import type { Subscriptions } from './subscriptions.js';

/** A session that its client has ended. */
export interface EndedSession extends SessionOwner {
  readonly id: string;
  readonly expiresAt: number;
}

export interface SessionEndsParts {
  readonly siblings: Siblings;
  readonly sessions: Sessions;
  readonly logLevels: LogLevels;
  readonly subscriptions: Subscriptions;
  readonly channels: Channels;
  readonly inFlight: InFlight;
  readonly runtimes: Runtimes;
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
    parts.siblings.onTold(topic, (message) => this.#end(message as EndedSession));
  }

  end(ended: EndedSession): void {
    this.#end(ended);
    this.#parts.siblings.tell(topic, ended);
  }

  #end(ended: EndedSession): void {
    const { id, endpoint, principal } = ended;
    const { sessions, logLevels, subscriptions, channels, inFlight, runtimes } = this.#parts;
    sessions.end(ended);
    logLevels.end(ended);
    subscriptions.end(id);
    channels.endSession(id);
    inFlight.endSession({ endpoint, principal, session: id });
    for (const runtime of runtimes.all()) {
      if (runtime.config.endpoint === endpoint) runtime.endConversation(id);
    }
  }
}
