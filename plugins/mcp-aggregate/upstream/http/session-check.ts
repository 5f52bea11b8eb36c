import { Cancellation } from '../../../../lib/flow/cancellation.js';
import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import type { ServerConfig } from '../../config/config.js';
import { AnsweredError, answerOf } from '../conversation/answer.js';
import { CallScope } from '../call/call-scope.js';
import { CallerRefused } from '../credentials/credentials.js';
import type { Exchange } from '../conversation/exchange.js';
import type { Peer } from '../conversation/peer.js';
import { isSameRefusal, mayDenySession, Refused } from './answers/refusal.js';

/** A server is asked no longer than this whether it knows a session, in milliseconds. */
const mostMs = 5_000;

export interface SessionCheckOptions {
  readonly server: ServerConfig;
  readonly peer: Peer;
  /** Sends a request and begins to read its answer. @throws Refused | McpError */
  readonly ask: (exchange: Exchange, signal: CancelSignal) => Promise<void>;
}

/**
 * Finds out whether a refusal means that the server has forgotten the session. Only 404 says so by
 * itself (requirement H34); servers say it by other statuses too, and by the same ones what they
 * think of arguments. So they are asked by a ping, which has none.
 */
export class SessionCheck {
  readonly #options: SessionCheckOptions;
  #flight: Promise<Refused | 'alive' | 'unknown'> | undefined;

  constructor(options: SessionCheckOptions) {
    this.#options = options;
  }

  /** Whether the session is lost, and the refused request was not worked on. */
  async isLost(refusal: Refused): Promise<boolean> {
    if (!mayDenySession(refusal)) return false;
    if (refusal.httpStatus === 404 && refusal.answer === undefined) return true;
    const found = await this.#probe();
    if (!(found instanceof Refused) || !mayDenySession(found)) return false;
    const { httpStatus: status } = refusal;
    // A refusal of 4xx comes before any work; of others only where all is refused in the same words.
    return (
      (status >= 400 && status < 500 && found.httpStatus < 500) || isSameRefusal(refusal, found)
    );
  }

  /** Whether the server, which refused its own stream with this status, does not know the session. */
  async isForgotten(status: number): Promise<boolean> {
    if (status === 404) return true;
    const found = await this.#probe();
    return found instanceof Refused && found.httpStatus < 500 && mayDenySession(found);
  }

  /** What a ping meets; of several at once one is sent. */
  #probe(): Promise<Refused | 'alive' | 'unknown'> {
    this.#flight ??= this.#ping().finally(() => (this.#flight = undefined));
    return this.#flight;
  }

  async #ping(): Promise<Refused | 'alive' | 'unknown'> {
    const { server, peer, ask } = this.#options;
    const exchange = peer.begin('ping', undefined);
    const mostWaited = Math.min(mostMs, server.timeoutMs);
    const scope = new CallScope(server.name, mostWaited, new Cancellation());
    const remove = scope.onEnd((reason) => exchange.fail(reason));
    try {
      await ask(exchange, exchange.signal);
      await answerOf(server.name, 'ping', exchange.events());
      return 'alive';
    } catch (error) {
      const refusal = asRefused(error);
      if (refusal) return refusal;
      // Whoever says that he knows no ping is there.
      return error instanceof AnsweredError ? 'alive' : 'unknown';
    } finally {
      remove();
      exchange.end();
      scope.dispose();
    }
  }
}

/** A caller's token that is refused may be a session that is not known. */
export function asRefused(error: unknown): Refused | undefined {
  if (error instanceof Refused) return error;
  return error instanceof CallerRefused && error.httpStatus !== undefined
    ? new Refused(error, error.httpStatus)
    : undefined;
}
