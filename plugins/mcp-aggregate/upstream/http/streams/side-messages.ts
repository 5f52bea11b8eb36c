import type { CancelSignal } from '../../../../../lib/flow/cancellation.js';
import { log } from '../../../../../lib/log.js';
import type { ServerConfig } from '../../../config/config.js';
import type { Exchange } from '../../conversation/exchange.js';
import { discard } from '../requests/http-endpoint.js';
import { requestFailure } from '../requests/request-failure.js';
import { SideQueue } from './side-queue.js';
import type { HttpAnswer } from '../answers/take-answer.js';

/** Replies and cancellations are not worth waiting for longer. */
export const sideMessageMs = 2000;
/** Replies to a server's own requests under way at once; a flood of them is not answered. */
const maxReplies = 8;

export interface SideMessagesOptions {
  readonly server: ServerConfig;
  /** Sends a message beside requests. @throws McpError; for a status outside 2xx with `mustSucceed` */
  readonly send: (
    message: Buffer,
    signal: CancelSignal,
    mustSucceed: boolean,
  ) => Promise<HttpAnswer>;
}

/** What is sent to a server beside requests: answers to its questions, cancellations, notifications. */
export class SideMessages {
  readonly #options: SideMessagesOptions;
  readonly #queue = new SideQueue((frame) => this.send(frame));
  #replies = 0;

  constructor(options: SideMessagesOptions) {
    this.#options = options;
  }

  /** Of those on one subject that cannot be sent at once, the newest is. */
  put(subject: string, frame: Buffer, isWanted?: () => boolean): void {
    this.#queue.put(subject, frame, isWanted);
  }

  /** Takes a client's answer to the server; the call cannot go on without it. */
  async answerAsk(frame: Buffer, exchange: Exchange): Promise<void> {
    const { server, send } = this.#options;
    try {
      discard(await send(frame, AbortSignal.timeout(server.timeoutMs), true));
    } catch (error) {
      log('warn', 'upstream_answer_lost', { server: server.name });
      exchange.fail(requestFailure(server.name, server.timeoutMs, error));
    }
  }

  /** Answers a request of the server by ourselves. */
  reply(message: Buffer): void {
    if (this.#replies >= maxReplies) return;
    this.#replies++;
    void this.send(message).finally(() => this.#replies--);
  }

  /** Best effort. */
  async send(message: Buffer): Promise<void> {
    const { server, send } = this.#options;
    try {
      discard(await send(message, AbortSignal.timeout(sideMessageMs), false));
    } catch {
      log('debug', 'upstream_side_message_lost', { server: server.name });
    }
  }
}
