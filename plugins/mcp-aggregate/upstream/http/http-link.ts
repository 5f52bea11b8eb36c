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
import type { KnownEras } from '../../core/calls/upstream-port.js';
import { erasOf, preferredBy } from '../eras/choice.js';
import { EraMemory } from '../eras/era-memory.js';
import type { Era } from '../eras/era-memory.js';
import { refusesEra } from '../eras/refuses-era.js';
import { ModernLine } from '../modern/modern-line.js';
import { HttpLine } from './http-line.js';
import { NotConnected } from './requests/request-failure.js';
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
  readonly #modern: LineTable<ModernLine>;
  readonly #eras: EraMemory;
  readonly #flights = new Map<string, Promise<OpenLine>>();
  /** Until a server has introduced itself, it may do both. */
  #logging = true;
  #keepsSessions = true;
  readonly perConversation = false;
  readonly #probeMs: number;
  readonly #closing = new Cancellation();
  /** The line of all callers, of a server that does not tell them apart. */
  readonly #shared: { legacy?: HttpLine | undefined; modern?: ModernLine | undefined } = {};

  /** @throws ConfigError for headers that cannot be sent */
  constructor(
    server: ServerConfig,
    tuning: UpstreamTuning,
    health: Health,
    events: LinkEvents,
    credentials?: Credentials,
  ) {
    this.#server = server;
    this.#probeMs = tuning.probeMs;
    this.#endpoint = new HttpEndpoint(server, tuning);
    this.#health = health;
    this.#events = events;
    this.#credentials = credentials;
    const bounds = { most: tuning.maxSessions, idleMs: tuning.sessionIdleMs };
    this.#sessions = new LineTable({ ...bounds, onGivenUp: (line) => line.retire() });
    this.#modern = new LineTable({ ...bounds, onGivenUp: (line) => line.retire() });
    this.#eras = new EraMemory(erasOf(server), Date.now);
  }

  get eras(): KnownEras {
    return this.#eras.known;
  }

  get takesLogLevel(): boolean {
    return this.#logging;
  }

  separates(party: Party): boolean {
    const era = this.#eras.settled(this.#contextOf(party), preferredBy(party));
    return era === 'modern' || this.#keepsSessions;
  }

  open(party: Party): OpenLine | Promise<OpenLine> {
    this.#health.admit();
    const preferred = preferredBy(party);
    const era = this.#eras.settled(this.#contextOf(party), preferred);
    const known = era && this.#known(era, party);
    if (known) return { line: known, fresh: false };
    const last = this.#eras.last(this.#contextOf(party), preferred);
    const old = last && this.#known(last, party);
    const flight = this.#flight(party);
    if (!old) return flight;
    // Nobody waits for a question that was answered before; whoever comes later has the new answer.
    flight.catch(() => undefined);
    return { line: old, fresh: false };
  }

  #flight(party: Party): Promise<OpenLine> {
    const key = `${preferredBy(party)} ${partyKey(party)}`;
    const known = this.#flights.get(key);
    if (known) return known;
    const flight = this.#connect(party).finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  forget(party: Party, line: Line): void {
    if (this.#shared.legacy === line) this.#shared.legacy = undefined;
    if (this.#shared.modern === line) this.#shared.modern = undefined;
    const key = partyKey(party);
    if (line instanceof ModernLine) {
      line.retire();
      if (this.#modern.remove(key, line)) this.#events.onLost(party);
    } else if (line instanceof HttpLine && this.#sessions.remove(key, line)) {
      line.lost();
      this.#events.onLost(party);
    }
  }

  /** Of whichever era the line will be. */
  hold(party: Party): boolean {
    const key = partyKey(party);
    if (!this.#sessions.hold(key, party.owner)) return false;
    if (this.#modern.hold(key, party.owner)) return true;
    this.#sessions.release(key);
    return false;
  }

  release(party: Party): void {
    this.#sessions.release(partyKey(party));
    this.#modern.release(partyKey(party));
  }

  linesOf(conversation: string): readonly Line[] {
    return this.#sessions.find((key) => key.endsWith(` ${conversation}`));
  }

  endConversation(conversation: string): void {
    const lines = this.#sessions.take((key) => key.endsWith(` ${conversation}`));
    for (const line of lines) line.retire();
    const modern = this.#modern.take((key) => key.endsWith(` ${conversation}`));
    for (const line of modern) line.retire();
  }

  async close(): Promise<void> {
    const closed = unavailable(this.#server.name, 'is closed here', 'idle');
    this.#closing.abort(closed);
    const { legacy, modern } = this.#shared;
    const lines = [...this.#sessions.take(() => true), ...(legacy ? [legacy] : [])];
    const others = [...this.#modern.take(() => true), ...(modern ? [modern] : [])];
    this.#shared.legacy = this.#shared.modern = undefined;
    for (const line of others) line.close(closed);
    await Promise.all(lines.map((line) => line.close(closed)));
    await this.#endpoint.close();
  }

  /** The server was restarted, most likely: what it lists now is another question. */
  #lost(party: Party, line: HttpLine): void {
    this.forget(party, line);
    if (party.listens === true) this.#tellAllChanged();
  }

  #tellAllChanged(): void {
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

  /** Verdicts of one caller hold for others where the server does not know them apart. */
  #contextOf({ context }: Party): string {
    return this.#credentials?.perCaller === true ? context : '';
  }

  #known(era: Era, party: Party): HttpLine | ModernLine | undefined {
    const key = partyKey(party);
    if (era === 'legacy') return this.#shared.legacy ?? this.#sessions.get(key);
    return this.#modern.get(key) ?? (this.#isOwn(party) ? undefined : this.#shared.modern);
  }

  /** Whether a line without sessions is for this party alone: where its token is, or what it hears. */
  #isOwn({ keeps }: Party): boolean {
    return keeps === true || this.#credentials?.perCaller === true;
  }

  /** Tries the eras one after the other; where the server speaks none, it says why of sessions. */
  async #connect(party: Party): Promise<OpenLine> {
    const context = this.#contextOf(party);
    const order = this.#eras.order(context, preferredBy(party));
    const mark = this.#health.connecting();
    const failures = new Map<Era, unknown>();
    for (const era of order) {
      try {
        const known = this.#known(era, party);
        const line = known ?? (await this.#connectAs(era, party, order.length - failures.size > 1));
        this.#eras.speaks(context, era);
        for (const [other, error] of failures) {
          this.#eras.refuses(context, other, refusesEra(error));
        }
        this.#health.succeeded(line.said);
        if (!known && party.conversation !== undefined) this.#events.onOpened(party, line);
        return { line, fresh: known === undefined };
      } catch (error) {
        failures.set(era, error);
        if (this.#closing.aborted || isOfTheWay(error)) break;
      }
    }
    const error = failures.get('legacy') ?? [...failures.values()][0];
    if (!this.#closing.aborted && !this.#concernsCaller(error)) {
      const { retry_after_ms: wished = 0 } = (error instanceof McpError && error.data) || {};
      this.#health.failed(reasonOf(this.#server.name, error), mark, 0, Number(wished));
    }
    throw error;
  }

  /** @param hasOther there is another era to try if this one takes too long */
  async #connectAs(era: Era, party: Party, hasOther: boolean): Promise<HttpLine | ModernLine> {
    const { name, timeoutMs } = this.#server;
    const mostMs = era === 'modern' && hasOther ? Math.min(timeoutMs, this.#probeMs) : timeoutMs;
    const scope = new CallScope(name, mostMs, this.#closing);
    const line = era === 'modern' ? this.#modernLine(party) : this.#sessionLine(party);
    try {
      await (line instanceof ModernLine ? line.discover(scope) : line.initialize(scope));
      if (scope.reason) throw scope.reason;
    } catch (error) {
      line.retire();
      throw error;
    } finally {
      scope.dispose();
    }
    if (line instanceof ModernLine) this.#keepModern(party, line);
    else this.#keepSession(party, line);
    return line;
  }

  #sessionLine(party: Party): HttpLine {
    return new HttpLine(this.#server, this.#endpointFor(party), this.#health, {
      party,
      events: this.#events,
      onLost: (lost) => this.#lost(party, lost),
    });
  }

  #modernLine(party: Party): ModernLine {
    return new ModernLine(this.#server, this.#endpointFor(party), this.#health, {
      party,
      events: this.#events,
      hears: party.listens === true || this.#credentials?.listsPerCaller === true,
      onLost: (lost) => this.forget(party, lost),
      onRefused: (lost) => {
        this.#eras.refuses(this.#contextOf(party), 'modern', true);
        this.forget(party, lost);
        if (party.listens === true) this.#tellAllChanged();
      },
    });
  }

  #keepSession(party: Party, line: HttpLine): void {
    this.#logging = line.takesLogLevel;
    this.#keepsSessions = line.hasSession;
    if (line.hasSession || this.#credentials?.perCaller === true)
      this.#sessions.set(partyKey(party), line, party.listens);
    else this.#shared.legacy = line;
  }

  #keepModern(party: Party, line: ModernLine): void {
    if (this.#isOwn(party) || party.listens === true) {
      this.#modern.set(partyKey(party), line, party.listens);
    } else this.#shared.modern = line;
  }
}

/** A server that does not answer at all is not asked in another era. */
function isOfTheWay(error: unknown): boolean {
  return error instanceof NotConnected || error instanceof CallerRefused;
}
