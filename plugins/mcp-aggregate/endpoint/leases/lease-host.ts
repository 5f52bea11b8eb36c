import type { Duplex } from 'node:stream';
import { counted } from '../../../../lib/held/counts.js';
import { readFrames } from '../../../../lib/workers/frames.js';
import type { Upstream } from '../../core/calls/upstream-port.js';
import type { Loan } from '../../core/direct/session-loans.js';
import type { Runtimes } from '../../io/runtimes/runtimes.js';
import { logFault } from '../answer/fault.js';
import type { LogLevels } from '../sessions/log-levels.js';
import type { Sessions } from '../sessions/sessions.js';
import { Borrower } from './borrower.js';
import { sizeOf } from './lease-book.js';
import { leaseMs, toKeeper } from './lease-messages.js';
import type { Ask } from './lease-messages.js';
import { LentSessions } from './lent-sessions.js';
import { Recalls } from './recalls.js';

export interface LeaseHostParts {
  readonly runtimes: Pick<Runtimes, 'configOf' | 'find'>;
  readonly logLevels: Pick<LogLevels, 'of'>;
  readonly sessions: Pick<Sessions, 'hasEnded'>;
  /** Most that are lent at once. */
  readonly most?: number;
}

/** Of headers, which no server would take either if they were longer. */
const mostBytes = 65_536;

/**
 * Lends what servers keep for the sessions of this worker to the others, for direct calls. Whatever
 * makes a call here go the usual way takes back what was lent; a lease that nobody takes back ends by
 * itself, and until then the session at the server is left alone.
 */
export class LeaseHost {
  readonly #parts: LeaseHostParts;
  readonly #lent: LentSessions;
  readonly #recalls = new Recalls();
  /** Servers of which it is heard what has to be taken back. */
  readonly #heard = new WeakSet<Upstream>();

  constructor(parts: LeaseHostParts) {
    this.#parts = parts;
    this.#lent = new LentSessions(parts.most ?? counted.lentSessions.most);
  }

  /** Sessions that are lent. */
  get size(): number {
    this.#lent.sweep();
    return this.#lent.size;
  }

  /** Serves one other worker until its stream ends. */
  async serve(stream: Duplex): Promise<void> {
    const borrower = new Borrower(stream);
    await readFrames(stream, 0, (frame) => {
      const message = toKeeper(frame);
      if (message.t === 'dropped') borrower.dropped(message.r);
      else borrower.answer(message.n, this.#answer(borrower, message));
    });
    this.#lent.forget(borrower);
  }

  /** Takes back what was lent of a conversation. Resolves when nobody uses it any more. */
  recall(conversation: string): Promise<void> {
    this.#recalls.takeBack(this.#lent.takeOf(conversation));
    return this.#recalls.of(conversation);
  }

  /** A fault must not end the stream: whoever waits for a recall would take that for the answer. */
  #answer(borrower: Borrower, ask: Ask): Loan | undefined {
    try {
      return this.#lend(borrower, ask);
    } catch (error) {
      logFault('lease_failed', error);
      return undefined;
    }
  }

  #lend(
    borrower: Borrower,
    { n, config: hash, server, context, conversation }: Ask,
  ): Loan | undefined {
    const { runtimes, logLevels, sessions } = this.#parts;
    const config = runtimes.configOf(hash);
    const runtime = config && runtimes.find(config);
    const served = runtime?.servers.find((one) => one.upstream.name === server);
    if (served === undefined || sessions.hasEnded(conversation)) return undefined;
    if (!this.#lent.hasRoom()) return undefined;
    const { upstream } = served;
    const logLevel = logLevels.of({ id: conversation });
    const loan = upstream.loans?.lend({ context, conversation, logLevel, ms: leaseMs });
    if (loan === undefined || sizeOf(loan) > mostBytes) return undefined;
    runtime?.touch();
    this.#hear(upstream);
    this.#lent.add({
      ...{ borrower, n, upstream, context, conversation },
      endsAt: performance.now() + loan.ms,
    });
    return loan;
  }

  #hear(upstream: Upstream): void {
    if (this.#heard.has(upstream)) return;
    this.#heard.add(upstream);
    upstream.loans?.onRecall((recall) => {
      this.#recalls.takeBack(this.#lent.takeFrom(upstream, recall));
    });
  }
}
