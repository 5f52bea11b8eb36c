import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import type { McpError } from '../../../../lib/errors/errors.js';
import type { ServerConfig } from '../../config/config.js';
import type { ServerSaid } from '../../core/calls/upstream-port.js';
import { allKinds, itemKinds } from '../../core/items/item-kinds.js';
import type { CallScope } from '../call/call-scope.js';
import type { Asking, Exchange } from '../conversation/exchange.js';
import { cancelledFrame, initializedFrame, rootsChangedFrame } from '../conversation/frames.js';
import type { Health } from '../failure/health.js';
import { initialize, withoutSubscribing } from '../conversation/initialize.js';
import { largeBytes } from '../large/large-json.js';
import { isToldOfRoots, LineLost } from '../conversation/link.js';
import type { LineRequest, LinkEvents, Party } from '../conversation/link.js';
import { Peer } from '../conversation/peer.js';
import { reasonOf } from '../failure/reason.js';
import { tellLogLevel } from '../conversation/tell-log-level.js';
import { acceptAnswer } from './answers/accept-answer.js';
import { AnswerReader } from './answers/answer-reader.js';
import { firstOwnId } from '../direct/own-ids.js';
import { contentHeaders } from './requests/content-headers.js';
import { discard } from './requests/http-endpoint.js';
import type { HttpEndpoint } from './requests/http-endpoint.js';
import type { HttpAnswer } from './answers/take-answer.js';
import { NotConnected } from './requests/request-failure.js';
import { deniedInside, readRefusal, Refused } from './answers/refusal.js';
import { endSession } from './end-session.js';
import { Retirement } from './retirement.js';
import type { SessionLine } from './session-line.js';
import { ServerStream } from './streams/server-stream.js';
import { asRefused, SessionCheck } from './session-check.js';
import { readSessionId } from './session-id.js';
import { SideMessages } from './streams/side-messages.js';

export interface HttpLineOptions {
  readonly party: Party;
  readonly events: LinkEvents;
  /** Told when the server no longer knows the session. */
  readonly onLost: (line: HttpLine) => void;
}

interface PostOptions {
  /** Headers of this request alone. */
  readonly more?: Readonly<Record<string, string>> | undefined;
  /** It belongs to a request that is under way. */
  readonly aside?: boolean | undefined;
  /** Of the request, where it is one. */
  readonly id?: number;
}

/** One initialized conversation over Streamable HTTP, with or without a session id. */
export class HttpLine implements SessionLine {
  readonly modern = false;
  readonly #server: ServerConfig;
  readonly #endpoint: Pick<HttpEndpoint, 'request'>;
  readonly #health: Health;
  readonly #peer: Peer;
  readonly #party: Party;
  readonly #onLost: () => void;
  readonly #withdraw: () => void;
  readonly #onListChanged: (method: string) => void;
  readonly #reader: AnswerReader;
  readonly #check: SessionCheck;
  readonly #aside: SideMessages;
  readonly #retirement: Retirement;
  #stream: ServerStream | undefined;
  #headers: Readonly<Record<string, string>> = contentHeaders;
  #session: string | undefined;
  #offered: ReadonlySet<string> = new Set();
  #said: ServerSaid | undefined;
  #takesLogLevel = false;
  #logLevel: string | undefined;

  constructor(
    server: ServerConfig,
    endpoint: Pick<HttpEndpoint, 'request'>,
    health: Health,
    { party, events, onLost }: HttpLineOptions,
  ) {
    this.#server = server;
    this.#party = party;
    this.#endpoint = endpoint;
    this.#health = health;
    this.#onLost = () => onLost(this);
    this.#withdraw = () => events.onWithdrawn(party);
    const onIdle = () => this.#retirement.check();
    // What the server says on a line of many is about nobody in particular.
    const onSaid = party.conversation === undefined ? undefined : events.onSaid.bind(null, party);
    this.#onListChanged = (method) => events.onListChanged(method, party.context);
    this.#reader = new AnswerReader({
      server,
      receive: (message, exchange) => this.#receive(message, exchange),
      get: (lastEventId, signal) => this.#get(lastEventId, signal),
    });
    const firstId = server.direct && firstOwnId();
    this.#peer = new Peer(server.name, this.#onListChanged, onIdle, onSaid, firstId);
    this.#retirement = new Retirement(server, this.#peer, () => this.#end());
    this.#aside = new SideMessages({
      server,
      send: (message, signal, mustSucceed) =>
        mustSucceed
          ? this.#post(message, signal, { aside: true })
          : endpoint.request('POST', this.#headers, message, signal, 'aside'),
    });
    const ask = (exchange: Exchange) => this.#ask(exchange, { aside: true });
    this.#check = new SessionCheck({ server, peer: this.#peer, ask });
  }

  get offered(): ReadonlySet<string> {
    return this.#offered;
  }

  get hasSession(): boolean {
    return this.#session !== undefined;
  }

  get separates(): boolean {
    return this.hasSession;
  }

  get said(): ServerSaid | undefined {
    return this.#said;
  }

  get takesLogLevel(): boolean {
    return this.#takesLogLevel;
  }

  async initialize(scope: CallScope): Promise<void> {
    let session: string | string[] | undefined;
    const send = async (exchange: Exchange) => {
      try {
        const answer = await this.#post(exchange.message, exchange.signal, { id: exchange.id });
        session = answer.headers['mcp-session-id'];
        acceptAnswer(this.#server, this.#reader, answer, exchange);
      } catch (error) {
        // There is no other request that an error without its id could be about.
        const said = error instanceof Refused && error.data?.['retry_after_ms'] === undefined;
        if (!said || error.error === undefined) throw error;
        exchange.answer({ type: 'fail', failure: { kind: 'answered', error: error.error } });
      }
    };
    const { capabilities } = this.#party;
    const said = await initialize(this.#server, this.#peer, scope, send, capabilities);
    this.#said = said.said;
    this.#takesLogLevel = said.offered.has('logging');
    this.#session = readSessionId(this.#server.name, session);
    this.#offered = this.hasSession ? said.offered : withoutSubscribing(said.offered);
    this.#headers = {
      ...contentHeaders,
      'mcp-protocol-version': said.revision,
      ...(this.#session === undefined ? {} : { 'mcp-session-id': this.#session }),
    };
    discard(await this.#post(initializedFrame, scope.signal));
    await this.#listen();
  }

  /**
   * Hears what the server says outside of answers: of changed lists, questions, which a tool would
   * else wait for without end, and in a conversation's own session log messages and resources.
   */
  async #listen(): Promise<void> {
    if (this.#session === undefined || this.#retirement.begun) return;
    this.#stream = new ServerStream({
      server: this.#server,
      get: (lastEventId, signal) => this.#get(lastEventId, signal),
      onMessage: (message) => this.#receive(message),
      wanted: () => this.#peer.wanted,
      onMissed: () => this.#listsMayHaveChanged(),
      onRefused: (status) =>
        void this.#check.isForgotten(status).then((lost) => lost && this.#onLost()),
    });
    await this.#stream.open();
  }

  #listsMayHaveChanged(): void {
    if (this.#party.listens !== true) return;
    for (const kind of allKinds) this.#onListChanged(itemKinds[kind].changed);
  }

  async setLogLevel(level: string, scope: CallScope): Promise<void> {
    if (!this.#takesLogLevel || this.#logLevel === level || !this.hasSession) return;
    await tellLogLevel(this.#server.name, this, level, scope);
    this.#logLevel = level;
  }

  begin({ method, params, capabilities, forwarded }: LineRequest): Exchange {
    const asking: Asking | undefined = capabilities && {
      capabilities,
      reply: (frame, exchange) => void this.#aside.answerAsk(frame, exchange),
      tell: (subject, frame, isWanted) => this.#aside.put(`ask ${subject}`, frame, isWanted),
    };
    const exchange = this.#peer.begin(method, params, asking);
    exchange.headers = forwarded;
    return exchange;
  }

  async send(exchange: Exchange): Promise<void> {
    const mark = this.#health.mark();
    const { name } = this.#server;
    try {
      await this.#ask(exchange, { more: exchange.headers });
    } catch (error) {
      if (error instanceof NotConnected) this.#health.failed(reasonOf(name, error), mark);
      await this.#onRefused(error, exchange);
    }
  }

  /** @throws Refused | McpError */
  #ask(exchange: Exchange, { more, aside }: PostOptions): Promise<void> {
    const { message, signal, id } = exchange;
    return this.#post(message, signal, { more, aside, id }).then((answer) => {
      const denied = deniedInside(this.#server, answer, id);
      if (denied) throw denied;
      acceptAnswer(this.#server, this.#reader, answer, exchange);
    });
  }

  /** @throws LineLost | McpError unless the refusal is the server's answer */
  async #onRefused(error: unknown, exchange: Exchange): Promise<void> {
    const refusal = asRefused(error);
    if (refusal === undefined) throw error;
    if (await this.#check.isLost(refusal)) throw new LineLost(refusal);
    if (refusal.answer === undefined) throw error;
    await this.#receive(refusal.answer, exchange);
  }

  rootsChanged(): void {
    if (isToldOfRoots(this.#party)) this.#aside.put('roots', rootsChangedFrame);
  }

  cancel(exchange: Exchange, reason: string): void {
    void this.#aside.send(cancelledFrame(exchange.id, reason));
  }

  cancelPassed(id: string): void {
    void this.#aside.send(cancelledFrame(id, 'cancelled by the client'));
  }

  passing(level: string | undefined, ms?: number): Readonly<Record<string, string>> | undefined {
    if (this.#session === undefined || (level !== undefined && level !== this.#logLevel)) return;
    this.#retirement.passed(ms);
    return this.#headers;
  }

  retire(atOnce = false): void {
    this.#withdraw();
    this.#retirement.begin(atOnce);
  }

  lost(): void {
    this.#withdraw();
    this.#stream?.close();
    this.#peer.withdrawAsks();
  }

  async close(error: McpError): Promise<void> {
    this.#withdraw();
    this.#peer.failAll(error);
    await this.#end();
  }

  #get(lastEventId: string | undefined, signal: CancelSignal): Promise<HttpAnswer> {
    const headers: Record<string, string> = { ...this.#headers, accept: 'text/event-stream' };
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
    return this.#endpoint.request('GET', headers, undefined, signal);
  }

  /** @throws McpError; as Refused for a status outside 2xx */
  async #post(
    message: Buffer,
    signal: CancelSignal,
    { more, aside = false, id }: PostOptions = {},
  ): Promise<HttpAnswer> {
    const headers = more === undefined ? this.#headers : { ...more, ...this.#headers };
    const lane = aside ? 'aside' : 'call';
    const answer = await this.#endpoint.request('POST', headers, message, signal, lane);
    const status = answer.statusCode;
    if (status >= 200 && status < 300) return answer;
    throw await readRefusal(this.#server, answer, id);
  }

  /** Resolved where it answers a promise: the message was too large to be taken at once. */
  #receive(message: Buffer, exchange?: Exchange): Promise<void> | void {
    if (message.length > largeBytes) return this.#receiveLarge(message, exchange);
    for (const reply of this.#peer.receive(message, exchange)) this.#aside.reply(reply);
  }

  async #receiveLarge(message: Buffer, exchange?: Exchange): Promise<void> {
    for (const reply of await this.#peer.receiveLarge(message, exchange)) this.#aside.reply(reply);
  }

  async #end(): Promise<void> {
    this.#stream?.close();
    this.#peer.withdrawAsks();
    if (this.#session === undefined) return;
    this.#session = undefined;
    await endSession(this.#server.name, this.#endpoint, this.#headers);
  }
}
