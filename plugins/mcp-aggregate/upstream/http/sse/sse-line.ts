import type { CancelSignal } from '../../../../../lib/flow/cancellation.js';
import type { McpError } from '../../../../../lib/errors/errors.js';
import { begin } from '../../../../../lib/flow/under-way.js';
import type { ServerConfig } from '../../../config/config.js';
import type { Note } from '../../../core/calls/call.js';
import type { ServerSaid } from '../../../core/calls/upstream-port.js';
import type { CallScope } from '../../call/call-scope.js';
import type { Asking, Exchange } from '../../conversation/exchange.js';
import { cancelledFrame, initializedFrame, rootsChangedFrame } from '../../conversation/frames.js';
import { initialize } from '../../conversation/initialize.js';
import { isToldOfRoots, LineLost } from '../../conversation/link.js';
import type { LineRequest, LinkEvents, Party } from '../../conversation/link.js';
import { Peer } from '../../conversation/peer.js';
import { tellLogLevel } from '../../conversation/tell-log-level.js';
import { protocolBroken, unavailable } from '../../failure/failures.js';
import type { FloodBounds } from '../../failure/flood-gate.js';
import type { Health } from '../../failure/health.js';
import { reasonOf } from '../../failure/reason.js';
import { largeBytes } from '../../large/large-json.js';
import { readRefusal } from '../answers/refusal.js';
import type { HttpAnswer } from '../answers/take-answer.js';
import { contentHeaders } from '../requests/content-headers.js';
import { discard } from '../requests/http-endpoint.js';
import type { HttpEndpoint, Lane } from '../requests/http-endpoint.js';
import { NotConnected } from '../requests/request-failure.js';
import { Retirement } from '../retirement.js';
import { asRefused, SessionCheck } from '../session-check.js';
import type { SessionLine } from '../session-line.js';
import { SideMessages } from '../streams/side-messages.js';
import { SseStream } from './sse-stream.js';

/** A stream that ends sooner has failed: were it opened again at once, it would be without end. */
const shortMs = 5_000;

export interface SseLineOptions {
  readonly party: Party;
  readonly events: LinkEvents;
  /** Told when the stream has ended, and the session with it. */
  readonly onLost: (line: SseLine) => void;
  /** How long the server may take to say where messages go, in milliseconds. */
  readonly endpointMs: number;
  readonly floodBounds?: FloodBounds | undefined;
}

/**
 * One initialized conversation over the HTTP+SSE transport of 2024-11-05: all that the server says
 * comes on one stream, and what it is told is posted to the address that the stream named.
 */
export class SseLine implements SessionLine {
  readonly modern = false;
  readonly separates = true;
  readonly hasSession = true;
  readonly #server: ServerConfig;
  readonly #endpoint: Pick<HttpEndpoint, 'request'>;
  readonly #health: Health;
  readonly #options: SseLineOptions;
  readonly #peer: Peer;
  readonly #stream: SseStream;
  readonly #aside: SideMessages;
  readonly #check: SessionCheck;
  readonly #retirement: Retirement;
  readonly #openedAt = performance.now();
  #place = '';
  #headers: Readonly<Record<string, string>> = contentHeaders;
  /** Why nothing can be sent any more. */
  #ended: McpError | undefined;
  #offered: ReadonlySet<string> = new Set();
  #said: ServerSaid | undefined;
  #logLevel: string | undefined;

  constructor(
    server: ServerConfig,
    endpoint: Pick<HttpEndpoint, 'request'>,
    health: Health,
    options: SseLineOptions,
  ) {
    const { party, events, floodBounds } = options;
    this.#server = server;
    this.#endpoint = endpoint;
    this.#health = health;
    this.#options = options;
    const isOwn = party.conversation !== undefined;
    const onSaid = isOwn ? (note: Note) => this.#onSaid(note) : undefined;
    const onListChanged = (method: string) => events.onListChanged(method, party.context);
    const onIdle = () => this.#retirement.check();
    this.#peer = new Peer(server.name, onListChanged, onIdle, onSaid);
    this.#retirement = new Retirement(server, this.#peer, () => this.#end());
    this.#stream = new SseStream({
      server,
      get: (signal) => this.#get(signal),
      onMessage: (message) => this.#receive(message),
      wanted: () => this.#peer.wanted,
      onEnd: (error) => this.#onStreamEnd(error),
      floodBounds,
    });
    this.#aside = new SideMessages({ server, send: (...sent) => this.#sendAside(...sent) });
    const ask = (exchange: Exchange) => this.#post(exchange, 'aside');
    this.#check = new SessionCheck({ server, peer: this.#peer, ask });
  }

  get offered(): ReadonlySet<string> {
    return this.#offered;
  }

  get said(): ServerSaid | undefined {
    return this.#said;
  }

  get takesLogLevel(): boolean {
    return this.#offered.has('logging');
  }

  async initialize(scope: CallScope): Promise<void> {
    const remove = scope.onEnd((reason) => this.#stream.close(reason));
    try {
      this.#place = await this.#open();
      const send = (exchange: Exchange) => this.#post(exchange, 'call');
      const { capabilities } = this.#options.party;
      const said = await initialize(this.#server, this.#peer, scope, send, capabilities);
      this.#said = said.said;
      this.#offered = said.offered;
      this.#headers = { ...contentHeaders, 'mcp-protocol-version': said.revision };
      await this.#deliver(initializedFrame, scope.signal, 'call');
      if (this.#ended) throw this.#ended;
    } finally {
      remove();
    }
  }

  async setLogLevel(level: string, scope: CallScope): Promise<void> {
    if (!this.takesLogLevel || this.#logLevel === level) return;
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
    if (this.#ended) throw new LineLost(this.#ended);
    const mark = this.#health.mark();
    try {
      await this.#post(exchange, 'call');
    } catch (error) {
      // The answer comes on the stream, perhaps before that of the request.
      if (exchange.settled) return;
      if (error instanceof NotConnected) {
        this.#health.failed(reasonOf(this.#server.name, error), mark);
      }
      await this.#onRefused(error);
    }
  }

  /** @throws LineLost | McpError unless the refusal is the server's answer */
  async #onRefused(error: unknown): Promise<void> {
    const refusal = asRefused(error);
    if (refusal && (await this.#check.isLost(refusal))) throw new LineLost(refusal);
    if (refusal?.answer === undefined) throw error;
    await this.#receive(refusal.answer);
  }

  rootsChanged(): void {
    if (isToldOfRoots(this.#options.party)) this.#aside.put('roots', rootsChangedFrame);
  }

  cancel(exchange: Exchange, reason: string): void {
    void this.#aside.send(cancelledFrame(exchange.id, reason));
  }

  retire(atOnce = false): void {
    this.#retirement.begin(atOnce);
  }

  lost(): void {
    this.#fail(unavailable(this.#server.name, 'no longer knows the session'));
  }

  close(error: McpError): Promise<void> {
    this.#fail(error);
    return Promise.resolve();
  }

  /** Waits for the address no longer than a server may take that speaks something else. */
  async #open(): Promise<string> {
    const { endpointMs } = this.#options;
    const timer = setTimeout(() => {
      const why = `opened no event stream with an endpoint event within ${endpointMs} ms`;
      this.#stream.close(protocolBroken(this.#server.name, why));
    }, endpointMs);
    try {
      return await this.#stream.open();
    } finally {
      clearTimeout(timer);
    }
  }

  #get(signal: CancelSignal): Promise<HttpAnswer> {
    const headers = { accept: 'text/event-stream', 'accept-encoding': 'identity' };
    return this.#endpoint.request('GET', headers, undefined, signal);
  }

  #post({ message, signal, id, headers }: Exchange, lane: Lane): Promise<void> {
    return this.#deliver(message, signal, lane, { id, more: headers });
  }

  /** @throws McpError; as Refused for a status outside 2xx */
  async #deliver(
    message: Buffer,
    signal: CancelSignal,
    lane: Lane,
    { id, more }: { id?: number; more?: Exchange['headers'] } = {},
  ): Promise<void> {
    const headers = more === undefined ? this.#headers : { ...more, ...this.#headers };
    const answer = await this.#request(headers, message, signal, lane);
    const { statusCode: status } = answer;
    if (status < 200 || status >= 300) throw await readRefusal(this.#server, answer, id);
    discard(answer);
  }

  #request(
    headers: Readonly<Record<string, string>>,
    message: Buffer,
    signal: CancelSignal,
    lane: Lane,
  ): Promise<HttpAnswer> {
    return this.#endpoint.request('POST', headers, message, signal, lane, this.#place);
  }

  async #sendAside(
    message: Buffer,
    signal: CancelSignal,
    mustSucceed: boolean,
  ): Promise<HttpAnswer> {
    if (this.#ended) throw this.#ended;
    const answer = await this.#request(this.#headers, message, signal, 'aside');
    const { statusCode: status } = answer;
    if (mustSucceed && (status < 200 || status >= 300)) {
      throw await readRefusal(this.#server, answer, undefined);
    }
    return answer;
  }

  /** One stream does not say what a log message is about: most likely a call under way. */
  #onSaid(note: Note): void {
    const { party, events } = this.#options;
    const call = note.method === 'notifications/message' ? this.#peer.latest : undefined;
    if (call) call.note(note);
    else events.onSaid(party, note);
  }

  /** Resolved where it answers a promise: the message was too large to be taken at once. */
  #receive(message: Buffer): Promise<void> | void {
    begin('server_message', this.#server.name);
    if (message.length > largeBytes) return this.#receiveLarge(message);
    for (const reply of this.#peer.receive(message)) this.#aside.reply(reply);
  }

  async #receiveLarge(message: Buffer): Promise<void> {
    for (const reply of await this.#peer.receiveLarge(message)) this.#aside.reply(reply);
  }

  #onStreamEnd(error: McpError): void {
    const mark = this.#health.mark();
    const isShort = performance.now() - this.#openedAt < shortMs;
    const isFault = isShort || error.code !== 'upstream_unavailable';
    // An attempt to open the line tells of its failure by itself.
    if (this.#said && isFault) this.#health.failed(reasonOf(this.#server.name, error), mark);
    this.#fail(error);
    this.#options.onLost(this);
  }

  /** Ends what is under way, and the stream. */
  #fail(error: McpError): void {
    this.#ended ??= error;
    this.#stream.close();
    this.#peer.failAll(error);
  }

  #end(): Promise<void> {
    this.#fail(unavailable(this.#server.name, 'is not connected any more', 'idle'));
    return Promise.resolve();
  }
}
