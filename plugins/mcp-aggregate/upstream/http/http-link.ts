import { randomUUID } from 'node:crypto';
import { Cancellation } from '../../../../lib/flow/cancellation.js';
import { McpError } from '../../../../lib/errors/errors.js';
import type { ServerConfig } from '../../config/config.js';
import { allKinds, itemKinds } from '../../core/items/item-kinds.js';
import { CallScope } from '../call/call-scope.js';
import { AuthorizedEndpoint } from '../credentials/authorized-endpoint.js';
import { CallerRefused } from '../credentials/credentials.js';
import type { Credentials } from '../credentials/credentials.js';
import { unavailable } from '../failure/failures.js';
import type { Health } from '../failure/health.js';
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
import { HttpLines } from './http-lines.js';
import { SessionOpener } from './session-opener.js';
import type { SessionLine, Transport } from './session-line.js';
import { SseLine } from './sse/sse-line.js';
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
  readonly #lines: HttpLines;
  readonly #eras: EraMemory;
  readonly #sessions: SessionOpener;
  readonly #flights = new Map<string, Promise<OpenLine>>();
  /** Until a server has introduced itself, it may do both. */
  #logging = true;
  #keepsSessions = true;
  readonly perConversation = false;
  readonly #tuning: UpstreamTuning;
  readonly #closing = new Cancellation();

  /** @throws ConfigError for headers that cannot be sent */
  constructor(
    server: ServerConfig,
    tuning: UpstreamTuning,
    health: Health,
    events: LinkEvents,
    credentials?: Credentials,
  ) {
    this.#server = server;
    this.#tuning = tuning;
    this.#sessions = new SessionOpener(server);
    this.#endpoint = new HttpEndpoint(server, tuning);
    this.#health = health;
    this.#events = events;
    this.#credentials = credentials;
    this.#lines = new HttpLines(tuning, credentials?.perCaller === true);
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
    const known = era && this.#lines.of(era, party);
    if (known) return { line: known, fresh: false };
    const last = this.#eras.last(this.#contextOf(party), preferred);
    const old = last && this.#lines.of(last, party);
    const flight = this.#flight(party);
    // For lists it counts what the server has by now.
    if (!old || party.listens === true) return flight;
    // Nobody waits for a question that was answered before; whoever comes later has the new answer.
    flight.catch(() => undefined);
    return { line: old, fresh: false };
  }

  known(party: Party): Line | undefined {
    const preferred = preferredBy(party);
    const era = this.#eras.settled(this.#contextOf(party), preferred);
    return era === preferred ? this.#lines.of(era, party) : undefined;
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
    if (line instanceof ModernLine) line.retire();
    if (!this.#lines.remove(party, line)) return;
    if (line instanceof HttpLine || line instanceof SseLine) line.lost();
    this.#events.onLost(party);
  }

  hold(party: Party): boolean {
    return this.#lines.hold(party);
  }

  release(party: Party): void {
    this.#lines.release(party);
  }

  linesOf(conversation: string): readonly Line[] {
    return this.#lines.sessionsOf(conversation);
  }

  endConversation(conversation: string): void {
    this.#lines.endConversation(conversation);
  }

  async close(): Promise<void> {
    const closed = unavailable(this.#server.name, 'is closed here', 'idle');
    this.#closing.abort(closed);
    await this.#lines.close(closed);
    await this.#endpoint.close();
  }

  /** The server was restarted, most likely: what it lists now is another question. */
  #lost(party: Party, line: SessionLine): void {
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

  /** Tries the eras one after the other; where the server speaks none, it says why of sessions. */
  async #connect(party: Party): Promise<OpenLine> {
    const context = this.#contextOf(party);
    const order = this.#eras.order(context, preferredBy(party));
    const mark = this.#health.connecting();
    const failures = new Map<Era, unknown>();
    for (const era of order) {
      try {
        const known = this.#lines.of(era, party);
        const hasOther = order.length - failures.size > 1;
        const line = await this.#connectAs(era, party, known, hasOther);
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

  /**
   * @param known the line that there is; one without sessions is asked again what the server has
   * @param hasOther there is another era to try if this one takes too long
   */
  async #connectAs(
    era: Era,
    party: Party,
    known: SessionLine | ModernLine | undefined,
    hasOther: boolean,
  ): Promise<SessionLine | ModernLine> {
    if (known && !(known instanceof ModernLine)) return known;
    const { name, timeoutMs } = this.#server;
    const { probeMs } = this.#tuning;
    const mostMs = era === 'modern' && hasOther ? Math.min(timeoutMs, probeMs) : timeoutMs;
    const scope = new CallScope(name, mostMs, this.#closing);
    try {
      if (era === 'modern') return await this.#discovered(party, known, scope);
      const make = this.#sessionLine.bind(this, party);
      const line = await this.#sessions.open(scope, make);
      this.#logging = line.takesLogLevel;
      this.#keepsSessions = line.hasSession;
      this.#lines.keep(party, line);
      return line;
    } finally {
      scope.dispose();
    }
  }

  async #discovered(
    party: Party,
    known: ModernLine | undefined,
    scope: CallScope,
  ): Promise<ModernLine> {
    const line = known ?? this.#modernLine(party);
    try {
      await line.discover(scope);
      if (scope.reason) throw scope.reason;
    } catch (error) {
      if (known && refusesEra(error)) this.forget(party, known);
      else if (!known) line.retire();
      throw error;
    }
    if (!known) this.#lines.keep(party, line);
    return line;
  }

  /** @param isKnown the server has spoken over this transport, or is said to */
  #sessionLine(party: Party, transport: Transport, isKnown: boolean): SessionLine {
    const endpoint = this.#endpointFor(party);
    const common = {
      party,
      events: this.#events,
      onLost: (lost: SessionLine) => this.#lost(party, lost),
    };
    if (transport === 'streamable-http') {
      return new HttpLine(this.#server, endpoint, this.#health, common);
    }
    const { timeoutMs } = this.#server;
    const { probeMs, floodBounds } = this.#tuning;
    const endpointMs = isKnown ? timeoutMs : Math.min(timeoutMs, probeMs);
    const options = { ...common, endpointMs, floodBounds };
    return new SseLine(this.#server, endpoint, this.#health, options);
  }

  #modernLine(party: Party): ModernLine {
    return new ModernLine(this.#server, this.#endpointFor(party), this.#health, {
      party,
      events: this.#events,
      hears: party.listens === true || this.#credentials?.listsPerCaller === true,
      onLost: (lost) => this.forget(party, lost),
      onDoubt: () => this.#eras.doubt(this.#contextOf(party), 'modern'),
      onRefused: (lost) => {
        this.#eras.refuses(this.#contextOf(party), 'modern', true);
        this.forget(party, lost);
        if (party.listens === true) this.#tellAllChanged();
      },
    });
  }
}

/** A server that does not answer at all is not asked in another era. */
function isOfTheWay(error: unknown): boolean {
  return error instanceof NotConnected || error instanceof CallerRefused;
}
