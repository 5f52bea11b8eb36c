import { randomUUID } from 'node:crypto';
import { Cancellation } from '../../../../lib/flow/cancellation.js';
import { McpError } from '../../../../lib/errors.js';
import type { ServerConfig } from '../../config/config.js';
import { allKinds, itemKinds } from '../../core/items/item-kinds.js';
import { CallScope } from '../call/call-scope.js';
import { AuthorizedEndpoint } from '../credentials/authorized-endpoint.js';
import { CallerRefused } from '../credentials/credentials.js';
import type { Credentials } from '../credentials/credentials.js';
import { unavailable } from '../failure/failures.js';
import type { Health } from '../failure/health.js';
import { LineTable } from '../conversation/line-table.js';
import { partyKey } from '../conversation/link.js';
import type { Line, Link, LinkEvents, OpenLine, Party } from '../conversation/link.js';
import { reasonOf } from '../failure/reason.js';
import type { UpstreamTuning } from '../upstream-deps.js';
import { HttpEndpoint } from './requests/http-endpoint.js';
import { HttpLine } from './http-line.js';
import { RouteEndpoint } from './requests/route-endpoint.js';

/**
 * A `url` or `route` server: one session per authorization context (design D8), and per conversation where the
 * client can be asked; or one line for all where the server keeps no sessions.
 */
export class HttpLink implements Link {
  readonly #server: ServerConfig;
  readonly #endpoint: HttpEndpoint;
  readonly #health: Health;
  readonly #events: LinkEvents;
  readonly #credentials: Credentials | undefined;
  readonly #sessions: LineTable<HttpLine>;
  readonly #flights = new Map<string, Promise<HttpLine>>();
  /** Until a server has introduced itself, it may do both. */
  #logging = true;
  #keepsSessions = true;
  readonly perConversation = false;
  readonly #closing = new Cancellation();
  #shared: HttpLine | undefined;

  /** @throws ConfigError for headers that cannot be sent */
  constructor(
    server: ServerConfig,
    tuning: UpstreamTuning,
    health: Health,
    events: LinkEvents,
    credentials?: Credentials,
  ) {
    this.#server = server;
    this.#endpoint = new HttpEndpoint(server, tuning);
    this.#health = health;
    this.#events = events;
    this.#credentials = credentials;
    this.#sessions = new LineTable({
      most: tuning.maxSessions,
      idleMs: tuning.sessionIdleMs,
      onGivenUp: (line) => line.retire(),
    });
  }

  get takesLogLevel(): boolean {
    return this.#logging;
  }

  get separates(): boolean {
    return this.#keepsSessions;
  }

  open(party: Party): OpenLine | Promise<OpenLine> {
    this.#health.admit();
    const key = partyKey(party);
    const known = this.#shared ?? this.#sessions.get(key);
    if (known) return { line: known, fresh: false };
    let flight = this.#flights.get(key);
    if (!flight) {
      flight = this.#connect(party).finally(() => this.#flights.delete(key));
      this.#flights.set(key, flight);
    }
    return flight.then((line) => ({ line, fresh: true }));
  }

  forget(party: Party, line: Line): void {
    if (this.#shared === line) this.#shared = undefined;
    if (!(line instanceof HttpLine) || !this.#sessions.remove(partyKey(party), line)) return;
    line.lost();
    this.#events.onLost(party);
  }

  hold(party: Party): boolean {
    return this.#sessions.hold(partyKey(party), party.owner);
  }

  release(party: Party): void {
    this.#sessions.release(partyKey(party));
  }

  linesOf(conversation: string): readonly HttpLine[] {
    return this.#sessions.find((key) => key.endsWith(` ${conversation}`));
  }

  endConversation(conversation: string): void {
    const lines = this.#sessions.take((key) => key.endsWith(` ${conversation}`));
    for (const line of lines) line.retire();
  }

  async close(): Promise<void> {
    const closed = unavailable(this.#server.name, 'is closed here', 'idle');
    this.#closing.abort(closed);
    const lines = this.#sessions.take(() => true);
    if (this.#shared) lines.push(this.#shared);
    this.#shared = undefined;
    await Promise.all(lines.map((line) => line.close(closed)));
    await this.#endpoint.close();
  }

  /** The server was restarted, most likely: what it lists now is another question. */
  #lost(party: Party, line: HttpLine): void {
    this.forget(party, line);
    if (party.listens !== true) return;
    for (const kind of allKinds) this.#events.onListChanged(itemKinds[kind].changed);
  }

  #endpointFor({ context }: Party): Pick<HttpEndpoint, 'request'> {
    const endpoint = this.#server.route
      ? new RouteEndpoint(this.#server, this.#endpoint, randomUUID())
      : this.#endpoint;
    if (this.#credentials === undefined) return endpoint;
    return new AuthorizedEndpoint(endpoint, this.#credentials, context);
  }

  /** Whether others may fare better: a server that knows callers apart limits each by itself. */
  #concernsCaller(error: unknown): boolean {
    if (error instanceof CallerRefused) return true;
    const limited = error instanceof McpError && error.data?.['status'] === 429;
    return limited && this.#credentials?.perCaller === true;
  }

  async #connect(party: Party): Promise<HttpLine> {
    const scope = new CallScope(this.#server.name, this.#server.timeoutMs, this.#closing);
    const line = new HttpLine(this.#server, this.#endpointFor(party), this.#health, {
      party,
      events: this.#events,
      onLost: (lost) => this.#lost(party, lost),
    });
    const mark = this.#health.connecting();
    try {
      await line.initialize(scope);
      if (scope.reason) throw scope.reason;
    } catch (error) {
      line.retire();
      if (!this.#closing.aborted && !this.#concernsCaller(error)) {
        const { retry_after_ms: wished = 0 } = (error instanceof McpError && error.data) || {};
        this.#health.failed(reasonOf(this.#server.name, error), mark, 0, Number(wished));
      }
      throw error;
    } finally {
      scope.dispose();
    }
    this.#logging = line.takesLogLevel;
    this.#keepsSessions = line.hasSession;
    this.#health.succeeded(line.said);
    if (line.hasSession || this.#credentials?.perCaller === true)
      this.#sessions.set(partyKey(party), line, party.listens);
    else this.#shared = line;
    if (party.conversation !== undefined) this.#events.onOpened(party, line);
    return line;
  }
}
