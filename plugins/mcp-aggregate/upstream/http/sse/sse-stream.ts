import { log } from '../../../../../lib/log.js';
import type { CancelSignal } from '../../../../../lib/flow/cancellation.js';
import { McpError } from '../../../../../lib/errors/errors.js';
import type { ServerConfig } from '../../../config/config.js';
import { FloodGate } from '../../failure/flood-gate.js';
import type { FloodBounds } from '../../failure/flood-gate.js';
import { protocolBroken, unavailable } from '../../failure/failures.js';
import { decodedBody } from '../answers/decode-body.js';
import { readRefusal } from '../answers/refusal.js';
import type { HttpAnswer } from '../answers/take-answer.js';
import { discard } from '../requests/http-endpoint.js';
import { requestFailure } from '../requests/request-failure.js';
import { sseMessages } from '../streams/sse.js';
import { messagePlace } from './message-place.js';

/** For how many messages one counts that was read in vain. */
const garbageWeight = 5;

export interface SseStreamOptions {
  readonly server: ServerConfig;
  /** Sends the GET. */
  readonly get: (signal: CancelSignal) => Promise<HttpAnswer>;
  /** Answers a promise where the next message has to wait until this one is taken. */
  readonly onMessage: (message: Buffer) => Promise<void> | void;
  /** How many messages anybody has waited for so far. */
  readonly wanted: () => number;
  /** Told once, unless the stream was closed here. */
  readonly onEnd: (error: McpError) => void;
  /** How much may come that nobody waits for. */
  readonly floodBounds?: FloodBounds | undefined;
}

/**
 * The one stream of a conversation over the transport of 2024-11-05: its first event says where
 * messages are to be posted, all others are messages. The session ends with it.
 */
export class SseStream {
  readonly #options: SseStreamOptions;
  readonly #closing = new AbortController();
  readonly #gate: FloodGate;
  #place: string | undefined;
  #onPlace: (place: string) => void = () => undefined;
  #onFailed: (error: McpError) => void = () => undefined;

  constructor(options: SseStreamOptions) {
    this.#options = options;
    this.#gate = new FloodGate(options.floodBounds);
  }

  /**
   * Opens the stream and answers path and query for messages.
   * @throws McpError `upstream_*`; as Refused where the server answers with another status than 200
   */
  open(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#onPlace = resolve;
      this.#onFailed = reject;
      void this.#run();
    });
  }

  close(reason?: McpError): void {
    this.#closing.abort(reason ?? unavailable(this.#options.server.name, 'is closed here', 'idle'));
  }

  async #run(): Promise<void> {
    const { server, onEnd } = this.#options;
    let error: McpError;
    try {
      await this.#read();
      error = unavailable(server.name, 'ended its event stream');
    } catch (failure) {
      error = requestFailure(server.name, server.timeoutMs, failure);
    }
    this.#onFailed(error);
    if (this.#closing.signal.aborted) return;
    // Whatever comes yet is not read.
    this.#closing.abort(error);
    log('debug', 'upstream_stream_lost', { server: server.name });
    onEnd(error);
  }

  /** Reads to the end of the stream. */
  async #read(): Promise<void> {
    const { server, get } = this.#options;
    const answer = await get(this.#closing.signal);
    if (answer.statusCode !== 200) throw await readRefusal(server, answer, undefined);
    const { headers } = answer;
    if (!/^text\/event-stream\b/i.test(String(headers['content-type'] ?? ''))) {
      discard(answer);
      throw protocolBroken(server.name, 'answers GET with something that is no event stream');
    }
    const encoding = headers['content-encoding'];
    const body = encoding === undefined ? answer.body : decodedBody(server, encoding, answer.body);
    const messages = sseMessages(server, body, undefined, undefined, (type, data) => {
      if (type === 'endpoint') this.#onEndpoint(data);
    });
    for await (const message of messages) {
      if (this.#place === undefined) {
        throw protocolBroken(server.name, 'opened an event stream without an endpoint event first');
      }
      await this.#take(message);
    }
  }

  /** Called while an event is read: what it throws ends the stream. */
  #onEndpoint(data: string): void {
    const { server } = this.#options;
    const place = messagePlace(server, data);
    if (this.#place !== undefined && this.#place !== place) {
      throw protocolBroken(server.name, 'named two addresses for messages on one event stream');
    }
    this.#place = place;
    this.#onPlace(place);
  }

  async #take(message: Buffer): Promise<void> {
    const { onMessage, wanted } = this.#options;
    const before = wanted();
    let weight = 1;
    try {
      const taken = onMessage(message);
      if (taken) await taken;
    } catch (error) {
      if (!(error instanceof McpError)) throw error;
      // To read what is no message costs more than one, so an end comes sooner.
      weight = garbageWeight;
    }
    if (wanted() > before) return;
    const many = this.#gate.wasUnwanted(weight);
    if (this.#gate.came(message.length) || many) throw this.#flooded();
  }

  /** To read what nobody waits for, and throw it away, costs a core for as long as it comes. */
  #flooded(): McpError {
    const { name } = this.#options.server;
    log('warn', 'upstream_stream_flooded', { server: name });
    return unavailable(name, 'was given up: it sent without end what nobody waited for');
  }
}
