import type { McpError } from '../../../../lib/errors/errors.js';
import type { ServerConfig } from '../../config/config.js';
import type { ServerSaid } from '../../core/calls/upstream-port.js';
import { answerOf } from '../conversation/answer.js';
import type { CallScope } from '../call/call-scope.js';
import type { Exchange } from '../conversation/exchange.js';
import { LineLost } from '../conversation/link.js';
import type { Line, LineHearing, LineRequest, LinkEvents, Party } from '../conversation/link.js';
import { Peer } from '../conversation/peer.js';
import type { Health } from '../failure/health.js';
import { reasonOf } from '../failure/reason.js';
import { acceptAnswer } from '../http/answers/accept-answer.js';
import { AnswerReader } from '../http/answers/answer-reader.js';
import { deniedInside, readRefusal, Refused } from '../http/answers/refusal.js';
import type { HttpEndpoint, Lane } from '../http/requests/http-endpoint.js';
import { NotConnected } from '../http/requests/request-failure.js';
import { asRefused } from '../http/session-check.js';
import { largeBytes } from '../large/large-json.js';
import { beginModern } from './begin-modern.js';
import { discoverMethod, readDiscover } from './discover.js';
import { doubtful, EraCheck } from './era-check.js';
import { listenMethod } from './listening.js';
import { modernHeaders } from './modern-params.js';
import { LineSubscriptions } from './line-subscriptions.js';

export interface ModernLineOptions {
  readonly party: Party;
  readonly events: LinkEvents;
  /** Whether changed lists are listened for. */
  readonly hears: boolean;
  /** Told when what its party was to hear of is not heard any more. */
  readonly onLost: (line: ModernLine) => void;
  /** Told when the server may have been replaced. */
  readonly onDoubt: () => void;
  /** Told when the server does not speak this era any more. */
  readonly onRefused: (line: ModernLine) => void;
}

/**
 * Requests over HTTP to a server that keeps no sessions: each stands alone (2026-07-28, transports).
 * There is nothing to be set up but what is known of the server.
 */
export class ModernLine implements Line {
  readonly modern = true;
  readonly separates = true;
  readonly #server: ServerConfig;
  readonly #endpoint: Pick<HttpEndpoint, 'request'>;
  readonly #health: Health;
  readonly #peer: Peer;
  readonly #reader: AnswerReader;
  readonly #check: EraCheck;
  readonly #subscriptions: LineSubscriptions;
  readonly #tellRefused: () => void;
  #offered: ReadonlySet<string> = new Set();
  #said: ServerSaid | undefined;

  constructor(
    server: ServerConfig,
    endpoint: Pick<HttpEndpoint, 'request'>,
    health: Health,
    { party, events, hears, onLost, onDoubt, onRefused }: ModernLineOptions,
  ) {
    this.#server = server;
    this.#endpoint = endpoint;
    this.#health = health;
    this.#tellRefused = () => onRefused(this);
    this.#peer = new Peer(server.name, (method) => events.onListChanged(method, party.context));
    this.#reader = new AnswerReader({
      server,
      receive: (message, exchange) => this.#receive(message, exchange),
    });
    this.#check = new EraCheck(server, (scope) => this.discover(scope));
    this.#subscriptions = new LineSubscriptions({
      server,
      party,
      events,
      hears,
      onLost: () => onLost(this),
      onDoubt,
      begin: (params, more) => this.#begin({ method: listenMethod, params, ...more }),
      send: (exchange) => this.#post(exchange, 'stream'),
    });
  }

  get offered(): ReadonlySet<string> {
    return this.#offered;
  }

  get said(): ServerSaid | undefined {
    return this.#said;
  }

  /**
   * Asks the server what it is and what it can do, and whether it speaks this era at all.
   * @throws McpError `upstream_*`; of those that `refusesEra` names, where it does not
   */
  async discover(scope: CallScope): Promise<void> {
    const exchange = this.#begin({ method: discoverMethod, params: undefined });
    const remove = scope.onEnd((reason) => exchange.fail(reason));
    try {
      await this.#post(exchange);
      const result = await answerOf(this.#server.name, discoverMethod, exchange.events());
      const { said, offered } = readDiscover(
        this.#server.name,
        result,
        this.#server.pins !== undefined,
      );
      this.#said = said;
      this.#offered = offered;
    } catch (error) {
      const refusal = asRefused(error);
      if (refusal?.answer === undefined) throw error;
      await this.#receive(refusal.answer, exchange);
      await answerOf(this.#server.name, discoverMethod, exchange.events());
    } finally {
      remove();
      exchange.end();
    }
  }

  /** Listens for changed lists, where that is wanted and not done yet. */
  listen(): Promise<void> {
    return this.#subscriptions.listen(this.#offered);
  }

  hearTasks(hearing: LineHearing): Promise<ReadonlySet<string>> {
    return this.#subscriptions.hearTasks(hearing);
  }

  /** Each request says by itself what is wanted. */
  async setLogLevel(): Promise<void> {}

  begin(request: LineRequest): Exchange {
    const exchange = this.#begin(request);
    this.#subscriptions.watch(exchange, request);
    return exchange;
  }

  async send(exchange: Exchange): Promise<void> {
    if (await this.#subscriptions.take(exchange)) return;
    const mark = this.#health.mark();
    try {
      await this.#post(exchange);
    } catch (error) {
      const { name } = this.#server;
      if (error instanceof NotConnected) this.#health.failed(reasonOf(name, error), mark);
      await this.#onRefused(error, exchange);
    }
  }

  /** Servers without sessions cannot be told. */
  rootsChanged(): void {}

  /** The end of the request's connection tells the server (requirement H18). */
  cancel(): void {}

  /** Nobody calls on it any more. */
  retire(): void {
    this.#subscriptions.close();
  }

  /** Ends every call under way. */
  close(error: McpError): void {
    this.retire();
    this.#peer.failAll(error);
  }

  #begin(request: LineRequest): Exchange {
    const exchange = beginModern(this.#server.name, this.#peer, request, this.#offered);
    exchange.headers = modernHeaders(request);
    return exchange;
  }

  /** @throws Refused | McpError */
  async #post(exchange: Exchange, lane: Lane = 'call'): Promise<void> {
    const { message, signal, id } = exchange;
    const answer = await this.#endpoint.request('POST', exchange.headers!, message, signal, lane);
    const { statusCode: status } = answer;
    if (status < 200 || status >= 300) throw await readRefusal(this.#server, answer, id);
    const denied = deniedInside(this.#server, answer, id, doubtful);
    if (denied) throw denied;
    acceptAnswer(this.#server, this.#reader, answer, exchange);
  }

  /** @throws LineLost | McpError unless the refusal is the server's answer */
  async #onRefused(error: unknown, exchange: Exchange): Promise<void> {
    const refusal = error instanceof Refused ? error : asRefused(error);
    if (refusal === undefined) throw error;
    if (await this.#check.isLost(refusal)) {
      this.#tellRefused();
      throw new LineLost(refusal);
    }
    if (refusal.answer === undefined) throw error;
    await this.#receive(refusal.answer, exchange);
  }

  /** What the server asks here is against the protocol (H17), so replies are not sent. */
  #receive(message: Buffer, exchange: Exchange): Promise<void> | void {
    this.#subscriptions.came(message, exchange);
    if (message.length > largeBytes) {
      return this.#peer.receiveLarge(message, exchange).then(() => undefined);
    }
    this.#peer.receive(message, exchange);
  }
}
