import { LRUCache } from 'lru-cache';
import type { ServerConfig } from '../../config.js';
import { CallScope } from '../call-scope.js';
import { AuthorizedEndpoint } from '../credentials/authorized-endpoint.js';
import { CallerRefused } from '../credentials/credentials.js';
import type { Credentials } from '../credentials/credentials.js';
import { unavailable } from '../failures.js';
import type { Health } from '../health.js';
import { partyKey } from '../link.js';
import type { Line, Link, OpenLine, Party } from '../link.js';
import { reasonOf } from '../reason.js';
import type { UpstreamTuning } from '../upstream-deps.js';
import { HttpEndpoint } from './http-endpoint.js';
import { HttpLine } from './http-line.js';

/**
 * A `url` server: one session per authorization context (design D8), and per conversation where the
 * client can be asked; or one line for all where the server keeps no sessions.
 */
export class HttpLink implements Link {
  readonly #server: ServerConfig;
  readonly #endpoint: HttpEndpoint;
  readonly #health: Health;
  readonly #onListChanged: (method: string) => void;
  readonly #credentials: Credentials | undefined;
  readonly #sessions: LRUCache<string, HttpLine>;
  readonly #flights = new Map<string, Promise<HttpLine>>();
  /** Until a server has introduced itself, it may. */
  #logging = true;
  readonly #closing = new AbortController();
  #shared: HttpLine | undefined;

  /** @throws ConfigError for headers that cannot be sent */
  constructor(
    server: ServerConfig,
    tuning: UpstreamTuning,
    health: Health,
    onListChanged: (method: string) => void,
    credentials?: Credentials,
  ) {
    this.#server = server;
    this.#endpoint = new HttpEndpoint(server, tuning);
    this.#health = health;
    this.#onListChanged = onListChanged;
    this.#credentials = credentials;
    this.#sessions = new LRUCache({
      max: tuning.maxSessions,
      ttl: tuning.sessionIdleMs,
      ttlAutopurge: true,
      updateAgeOnGet: true,
      dispose: (line, _context, reason) => {
        if (reason !== 'delete') line.retire();
      },
    });
  }

  get takesLogLevel(): boolean {
    return this.#logging;
  }

  async open(party: Party): Promise<OpenLine> {
    this.#health.admit();
    const key = partyKey(party);
    const known = this.#shared ?? this.#sessions.get(key);
    if (known) return { line: known, fresh: false };
    let flight = this.#flights.get(key);
    if (!flight) {
      flight = this.#connect(party).finally(() => this.#flights.delete(key));
      this.#flights.set(key, flight);
    }
    return { line: await flight, fresh: true };
  }

  forget(party: Party, line: Line): void {
    if (this.#shared === line) this.#shared = undefined;
    const key = partyKey(party);
    if (this.#sessions.peek(key) !== line) return;
    this.#sessions.peek(key)?.lost();
    this.#sessions.delete(key);
  }

  endConversation(conversation: string): void {
    for (const [key, line] of this.#sessions.entries()) {
      if (!key.endsWith(` ${conversation}`)) continue;
      this.#sessions.delete(key);
      line.retire();
    }
  }

  async close(): Promise<void> {
    const closed = unavailable(this.#server.name, 'is closed here', 'idle');
    this.#closing.abort(closed);
    const lines = [...this.#sessions.values()];
    if (this.#shared) lines.push(this.#shared);
    this.#shared = undefined;
    for (const context of [...this.#sessions.keys()]) this.#sessions.delete(context);
    await Promise.all(lines.map((line) => line.close(closed)));
    await this.#endpoint.close();
  }

  #endpointFor({ context }: Party): Pick<HttpEndpoint, 'request'> {
    if (this.#credentials === undefined) return this.#endpoint;
    return new AuthorizedEndpoint(this.#endpoint, this.#credentials, context);
  }

  async #connect(party: Party): Promise<HttpLine> {
    const scope = new CallScope(this.#server.name, this.#server.timeoutMs, this.#closing.signal);
    const line = new HttpLine(this.#server, this.#endpointFor(party), this.#health, {
      party,
      onListChanged: this.#onListChanged,
    });
    const mark = this.#health.connecting();
    try {
      await line.initialize(scope);
      if (scope.reason) throw scope.reason;
    } catch (error) {
      line.retire();
      if (!this.#closing.signal.aborted && !(error instanceof CallerRefused)) {
        this.#health.failed(reasonOf(this.#server.name, error), mark);
      }
      throw error;
    } finally {
      scope.dispose();
    }
    this.#logging = line.takesLogLevel;
    this.#health.succeeded();
    if (line.hasSession || this.#credentials?.perCaller === true)
      this.#sessions.set(partyKey(party), line, party.listens ? { ttl: 0 } : {});
    else this.#shared = line;
    return line;
  }
}
