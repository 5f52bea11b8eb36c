import type { Dispatcher } from 'undici';
import { longestDeadline } from '../../../config/config-patience.js';
import type { CancelSignal } from '../../../../../lib/flow/cancellation.js';
import type { ServerConfig } from '../../../config/config.js';
import type { UpstreamTuning } from '../../upstream-deps.js';
import { requestFailure } from './request-failure.js';
import { serverDispatchers } from './server-dispatcher.js';
import { staticHeaders } from './static-headers.js';
import { AnswerTaker } from '../answers/take-answer.js';
import type { AnswerBody, HttpAnswer } from '../answers/take-answer.js';

/** Deadlines end calls; the client's own timers only stand behind them. */
const slackMs = 2000;
/** Before the deadline of a call, so that it can be said what went wrong. */
const maxConnectMs = 10_000;
/** A server's own streams hold a connection each, apart from those that calls need. */
const streamTimers = { headersTimeout: 30_000, bodyTimeout: 0 };
/** For what calls under way wait for: it must not queue behind them. */
const asideConnections = 32;
/** A longer body is cut off rather than read away, in bytes. */
const mostReadAway = 65_536;

/** Which connections a request takes. */
export type Lane = 'call' | 'aside' | 'stream';

/** The kept-alive, bounded connections to one server's address. Redirects are not followed. */
export class HttpEndpoint {
  readonly #server: ServerConfig;
  readonly #pool: Dispatcher;
  readonly #streams: Dispatcher;
  readonly #aside: Dispatcher;
  readonly #origin: string;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #hasHeaders: boolean;

  /** @throws ConfigError for headers, certificates and proxies that cannot be used */
  constructor(
    server: ServerConfig,
    tuning: Pick<UpstreamTuning, 'maxConnections' | 'maxSessions'>,
  ) {
    const url = new URL(server.target);
    this.#server = server;
    this.#headers = staticHeaders(server);
    this.#hasHeaders = Object.keys(this.#headers).length > 0;
    this.#path = `${url.pathname}${url.search}`;
    this.#origin = url.origin;
    const open = serverDispatchers(server, Math.min(server.timeoutMs / 2, maxConnectMs));
    // A server that asks a client may be silent for as long as somebody thinks.
    const longest = server.trusted ? 0 : longestDeadline(server) + slackMs;
    const calls = server.trusted ? tuning.maxSessions : tuning.maxConnections;
    this.#pool = open({
      // Some are still read away when their calls have ended, or open sessions for calls to come.
      connections: calls + Math.floor(calls / 4),
      pipelining: 1,
      headersTimeout: longest,
      bodyTimeout: longest,
    });
    // Lines that are held are as many again as those that are not.
    this.#streams = open({ connections: 2 * tuning.maxSessions + 1, ...streamTimers });
    this.#aside = open({ connections: asideConnections, ...streamTimers });
  }

  /**
   * Sends a request and answers when the response's head is there, and small JSON with it.
   * @param lane `aside` for an answer, a cancellation or another message that belongs to other
   *   requests, `stream` for what the server says at any time
   * @param path in place of the server's own, with its query
   * @throws McpError `upstream_*`, or the signal's reason
   */
  request(
    method: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer | undefined,
    signal: CancelSignal,
    lane: Lane = method === 'GET' ? 'stream' : 'call',
    path = this.#path,
  ): Promise<HttpAnswer> {
    const pool = lane === 'stream' ? this.#streams : lane === 'aside' ? this.#aside : this.#pool;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) =>
        reject(requestFailure(this.#server.name, this.#server.timeoutMs, error));
      if (signal.aborted) return fail(signal.reason);
      pool.dispatch(
        {
          origin: this.#origin,
          path,
          method: method,
          headers: this.#hasHeaders ? { ...this.#headers, ...headers } : headers,
          body: body ?? null,
        },
        new AnswerTaker(this.#server.maxResponseBytes, signal, resolve, fail),
      );
    });
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    const pools = [this.#pool, this.#streams, this.#aside];
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}

/** Reads away a body nobody needs, so that its connection can be used again. */
export function discard({ body, whole }: HttpAnswer): void {
  if (whole === undefined) void readAway(body);
}

async function readAway(body: AnswerBody): Promise<void> {
  const timer = setTimeout(() => body.destroy(), slackMs).unref();
  let length = 0;
  try {
    for await (const chunk of body) if ((length += chunk.length) > mostReadAway) break;
  } catch {
    // It is as good as read.
  } finally {
    clearTimeout(timer);
  }
}
