import { log } from '../../../../../lib/log.js';
import type { ServerConfig } from '../../../config/config.js';
import { FloodGate } from '../../failure/flood-gate.js';
import type { FloodBounds } from '../../failure/flood-gate.js';
import { decodedBody } from '../answers/decode-body.js';
import { discard } from '../requests/http-endpoint.js';
import type { HttpAnswer } from '../answers/take-answer.js';
import { sseMessages } from './sse.js';
import type { Resumption } from './sse.js';

/** How long what comes first waits for the stream: some servers answer a GET only with its first event. */
const openingMs = 500;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** A stream that ends sooner, having said nothing, has failed as if it had not come about. */
const shortMs = 5_000;
/** How often it is told that something may have been missed: streams may end once a second. */
const missedEveryMs = 10_000;

export interface ServerStreamOptions {
  readonly server: ServerConfig;
  /** Sends the GET; `lastEventId` as the server gave it. */
  readonly get: (lastEventId: string | undefined, signal: AbortSignal) => Promise<HttpAnswer>;
  /** Answers a promise where the next message has to wait until this one is taken. */
  readonly onMessage: (message: Buffer) => Promise<void> | void;
  /** How many messages anybody has waited for so far. */
  readonly wanted: () => number;
  /** Told when the server, which has had the stream open, does not let it be opened any more. */
  readonly onRefused: (status: number) => void;
  /** Told when there is a stream again, and what was said while there was none will not come. */
  readonly onMissed?: () => void;
  /** How much may come that nobody waits for. */
  readonly floodBounds?: FloodBounds;
}

type Outcome = 'refused' | 'failed' | 'ended' | 'flooded';

/**
 * The stream on which a server says what belongs to no answer (requirements H35, H37, H38). Opened
 * again whenever it ends, with growing pauses, from where it ended; a server that has none is not
 * asked again.
 */
export class ServerStream {
  readonly #options: ServerStreamOptions;
  readonly #closing = new AbortController();
  readonly #resumption: Resumption = { lastEventId: undefined, retryMs: undefined };
  readonly #gate: FloodGate;
  #opened: () => void = () => {};
  #wasOpen = false;
  /** Whether something may have been said while there was no stream. */
  #missed = false;
  #missedToldAt = -Infinity;
  #missedTimer: NodeJS.Timeout | undefined;

  constructor(options: ServerStreamOptions) {
    this.#options = options;
    this.#gate = new FloodGate(options.floodBounds);
  }

  /** Resolves when the stream is open, refused, or has taken its time. */
  async open(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#missed = true;
        resolve();
      }, openingMs);
      this.#opened = () => {
        clearTimeout(timer);
        resolve();
      };
      void this.#run();
    });
  }

  close(): void {
    clearTimeout(this.#missedTimer);
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    let pause = firstPauseMs;
    while (!this.#closing.signal.aborted) {
      const outcome = await this.#once();
      this.#opened();
      this.#missed = true;
      if (outcome === 'refused') return;
      if (outcome === 'ended') pause = firstPauseMs;
      else pause = outcome === 'flooded' ? longestPauseMs : Math.min(longestPauseMs, pause * 2);
      await this.#wait(Math.max(this.#resumption.retryMs ?? 0, pause * (0.5 + Math.random() / 2)));
    }
  }

  async #once(): Promise<Outcome> {
    const { server, get, onMessage, wanted } = this.#options;
    try {
      const answer = await get(this.#resumption.lastEventId, this.#closing.signal);
      const type = String(answer.headers['content-type'] ?? '');
      if (answer.statusCode !== 200 || !/^text\/event-stream\b/i.test(type)) {
        discard(answer);
        return this.#refused(answer.statusCode);
      }
      this.#wasOpen = true;
      this.#opened();
      // From where it ended a server tells what came meanwhile.
      if (this.#missed && this.#resumption.lastEventId === undefined) this.#tellMissed();
      this.#missed = false;
      const encoding = answer.headers['content-encoding'];
      const body =
        encoding === undefined ? answer.body : decodedBody(server, encoding, answer.body);
      const openedAt = performance.now();
      let said = false;
      for await (const message of sseMessages(server, body, this.#resumption)) {
        said = true;
        const before = wanted();
        const taken = onMessage(message);
        if (taken) await taken;
        if (wanted() === before && this.#floods(message.length)) return 'flooded';
      }
      const { lastEventId, retryMs } = this.#resumption;
      const polls = lastEventId !== undefined || retryMs !== undefined;
      return said || polls || performance.now() - openedAt >= shortMs ? 'ended' : 'failed';
    } catch {
      if (!this.#closing.signal.aborted) {
        log('debug', 'upstream_stream_lost', { server: server.name });
      }
      return 'failed';
    }
  }

  #tellMissed(): void {
    if (this.#missedTimer !== undefined) return;
    const tell = () => {
      this.#missedTimer = undefined;
      this.#missedToldAt = performance.now();
      this.#options.onMissed?.();
    };
    const wait = this.#missedToldAt + missedEveryMs - performance.now();
    if (wait <= 0) tell();
    else this.#missedTimer = setTimeout(tell, wait).unref();
  }

  /** To read what nobody waits for, and throw it away, costs a core for as long as it comes. */
  #floods(bytes: number): boolean {
    const many = this.#gate.wasUnwanted();
    if (!this.#gate.came(bytes) && !many) return false;
    log('warn', 'upstream_stream_flooded', { server: this.#options.server.name });
    return true;
  }

  /** A server that still holds the stream's last connection refuses another for a while. */
  #refused(status: number): 'refused' | 'failed' {
    if (status >= 500 || (this.#wasOpen && (status === 409 || status === 429))) return 'failed';
    if (this.#wasOpen && status >= 400) this.#options.onRefused(status);
    return 'refused';
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#closing;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        // A stream may end once a second for weeks.
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(ms, longestPauseMs)).unref();
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
