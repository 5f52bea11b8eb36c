import type { CancelSignal } from '../../../../../lib/flow/cancellation.js';
import { McpError } from '../../../../../lib/errors/errors.js';
import { log } from '../../../../../lib/log.js';
import { begin } from '../../../../../lib/flow/under-way.js';
import type { ServerConfig } from '../../../config/config.js';
import type { Exchange } from '../../conversation/exchange.js';
import { protocolBroken } from '../../failure/failures.js';
import { labelOf } from './answer-label.js';
import { discard } from '../requests/http-endpoint.js';
import { brace } from './look-at.js';
import { messagesOf } from './read-answer.js';
import { requestFailure } from '../requests/request-failure.js';
import { sseMessages } from '../streams/sse.js';
import type { Resumption } from '../streams/sse.js';
import type { HttpAnswer } from './take-answer.js';

/** How long a stream may last after its answer, so that its connection can be used again. */
const lingerMs = 1000;
/** How often one answer is taken up again, and how often in a row without anything new. */
const mostTries = 100;
const mostInVain = 5;
/** Pause where the server names none, in milliseconds. */
const usualPauseMs = 1000;
const longestTimer = 2 ** 31 - 1;

export interface AnswerReaderOptions {
  readonly server: ServerConfig;
  /** Answers a promise where the next message has to wait until this one is taken. */
  readonly receive: (message: Buffer, exchange: Exchange) => Promise<void> | void;
  /** Sends a GET with this `Last-Event-ID`; absent where no stream can be taken up again. */
  readonly get?: (lastEventId: string, signal: CancelSignal) => Promise<HttpAnswer>;
}

/**
 * Reads answers of requests to their ends. A server may close the stream of an answer before the
 * result, where it has sent an event id: the stream is then taken up again from there, after the
 * pause that the server wants (requirements H37, H38), until the call's deadline.
 */
export class AnswerReader {
  readonly #options: AnswerReaderOptions;

  constructor(options: AnswerReaderOptions) {
    this.#options = options;
  }

  /**
   * Begins to read; the exchange gets what the server says, and never throws from here on.
   * @throws McpError for an answer that cannot be one
   */
  begin(answer: HttpAnswer, exchange: Exchange): void {
    if (this.#isMessage(answer)) return this.#take(answer.whole!, exchange);
    const place: Resumption = { lastEventId: undefined, retryMs: undefined };
    let messages;
    try {
      messages = messagesOf(this.#options.server, answer, { place, hold: exchange.hold });
    } catch (error) {
      discard(answer);
      throw error;
    }
    void this.#read(answer, messages, exchange, place);
  }

  /** Whether all is there that is to be read, and in its usual form: `messagesOf` would say the same. */
  #isMessage({ whole, headers }: HttpAnswer): boolean {
    if (whole?.[0] !== brace || whole.length > this.#options.server.maxResponseBytes) return false;
    return labelOf(this.#options.server, headers['content-type']) === 'json';
  }

  #take(message: Buffer, exchange: Exchange): void {
    const { server, receive } = this.#options;
    begin('server_message', server.name);
    try {
      // A message that had to wait would be larger.
      void receive(message, exchange);
      if (exchange.settled) return;
      exchange.fail(protocolBroken(server.name, 'ended its answer before the result'));
    } catch (error) {
      exchange.fail(requestFailure(server.name, server.timeoutMs, error));
    }
  }

  async #read(
    answer: HttpAnswer,
    messages: AsyncIterable<Buffer>,
    exchange: Exchange,
    place: Resumption,
  ): Promise<void> {
    const { server } = this.#options;
    try {
      await this.#drain(answer, messages, exchange, place);
      if (!exchange.settled) await this.#takeUp(exchange, place);
      if (exchange.settled) return;
      exchange.fail(protocolBroken(server.name, 'ended its answer before the result'));
    } catch (error) {
      exchange.fail(requestFailure(server.name, server.timeoutMs, error));
    }
  }

  /** @throws unless the stream has ended, or was cut where it can be taken up again */
  async #drain(
    answer: HttpAnswer,
    messages: AsyncIterable<Buffer>,
    exchange: Exchange,
    place: Resumption,
  ): Promise<void> {
    let linger: NodeJS.Timeout | undefined;
    try {
      for await (const message of messages) {
        begin('server_message', this.#options.server.name);
        const taken = this.#options.receive(message, exchange);
        if (taken) await taken;
        if (exchange.settled) linger ??= setTimeout(() => answer.body.destroy(), lingerMs).unref();
        await exchange.room();
      }
    } catch (error) {
      // What the server said wrong is not mended by reading it again.
      const isLost = place.lastEventId === undefined || this.#options.get === undefined;
      if (error instanceof McpError || isLost) throw error;
    } finally {
      clearTimeout(linger);
    }
  }

  async #takeUp(exchange: Exchange, place: Resumption): Promise<void> {
    const { name } = this.#options.server;
    if (this.#options.get === undefined) return;
    let inVain = 0;
    for (let tries = 0; tries < mostTries && inVain < mostInVain; tries++) {
      const { lastEventId } = place;
      if (lastEventId === undefined) return;
      await pause(place.retryMs ?? usualPauseMs, exchange);
      if (exchange.settled) return;
      log('debug', 'upstream_answer_resumed', { server: name });
      if (!(await this.#once(lastEventId, exchange, place)) || exchange.settled) return;
      inVain = place.lastEventId === lastEventId ? inVain + 1 : 0;
    }
  }

  /** False where the server does not let its answer be taken up again. */
  async #once(lastEventId: string, exchange: Exchange, place: Resumption): Promise<boolean> {
    const { get, server } = this.#options;
    let answer: HttpAnswer;
    try {
      answer = await get!(lastEventId, exchange.signal);
    } catch {
      return true;
    }
    const type = String(answer.headers['content-type'] ?? '');
    if (answer.statusCode !== 200 || !/^text\/event-stream\b/i.test(type)) {
      discard(answer);
      return answer.statusCode >= 500;
    }
    await this.#drain(
      answer,
      sseMessages(server, answer.body, place, exchange.hold),
      exchange,
      place,
    );
    return true;
  }
}

/** Waits; no longer than somebody waits for the answer. */
function pause(ms: number, { signal }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, longestTimer)).unref();
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
