import { WorkerLost } from '../../../../lib/off-thread/worker-pool.js';
import { sharedBytes } from '../../../../lib/off-thread/shared-bytes.js';
import { isTooDeep, messagesOf } from '../../../../lib/json/envelope.js';
import { defaultMaxDepth } from '../../../../lib/json/scan.js';
import { findMember } from '../../../../lib/json/members.js';
import { splice } from '../../../../lib/json/splice.js';
import type {
  Envelope,
  NotificationEnvelope,
  RawJson,
  RequestEnvelope,
  ResponseEnvelope,
  Span,
} from '../../../../lib/json/types.js';
import type { McpError } from '../../../../lib/errors/errors.js';
import { allKinds, itemKinds } from '../../core/items/item-kinds.js';
import { canVisit, mayAsk, mayHear } from '../../core/capabilities/client-capabilities.js';
import type { AskAnswer, Done, Note } from '../../core/calls/call.js';
import { labelUrls, requiresUrls } from '../../core/calls/url-elicitations.js';
import { Exchange } from './exchange.js';
import type { Asking } from './exchange.js';
import { protocolBroken, tooCostly, tooLarge } from '../failure/failures.js';
import { replyFrame, requestFrame } from './frames.js';
import { largeBytes, largeJson } from '../large/large-json.js';
import { OpenAsks } from './open-asks.js';
import { pong, refusals } from './own-answers.js';
import { isErrorObject } from '../failure/said-error.js';
import { readServerMessage } from './read-server-message.js';
import { unasked } from './unasked.js';
import type { ServerMessage } from './read-server-message.js';
import { ownToken, swapProgressToken } from '../../core/calls/progress-token.js';

const subscriptionIdKey = 'io.modelcontextprotocol/subscriptionId';
const listMethods: ReadonlySet<string> = new Set(allKinds.map((kind) => itemKinds[kind].list));
const listChanged = /^notifications\/(tools|prompts|resources)\/list_changed$/;

/**
 * Our side of one JSON-RPC conversation with a server: gives out request ids, and takes each
 * message that arrives to the exchange it belongs to. Moves no bytes itself.
 */
export class Peer {
  readonly #server: string;
  readonly #onListChanged: (method: string) => void;
  readonly #onIdle: () => void;
  readonly #onSaid: ((note: Note) => void) | undefined;
  readonly #pending = new Map<number, Exchange>();
  /** Questions that came outside any call's stream: which call they are about is not known. */
  readonly #asks = new OpenAsks();
  #lastId: number;
  #ignored = 0;
  #wanted = 0;

  /**
   * @param onSaid hears what belongs to no call; absent on a line that many callers share
   * @param lastId ids begin after it: where clients' own ids are used too, nobody may guess ours
   */
  constructor(
    server: string,
    onListChanged: (method: string) => void,
    onIdle = () => {},
    onSaid?: (note: Note) => void,
    lastId = 0,
  ) {
    this.#lastId = lastId;
    this.#server = server;
    this.#onListChanged = onListChanged;
    this.#onIdle = onIdle;
    this.#onSaid = onSaid;
  }

  /** Requests under way. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Messages that belonged to nothing: unknown ids, tokens nobody gave out. */
  get ignored(): number {
    return this.#ignored;
  }

  /** Messages that calls waited for: answers, progress and questions that could be put. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Prepares a request under a fresh id, with our progress token in place of the caller's. */
  begin(method: string, params: RawJson | undefined, asking?: Asking): Exchange {
    const id = ++this.#lastId;
    const swapped = swapProgressToken(params, id);
    const message = requestFrame(id, method, swapped.params);
    const onEnd = () => {
      if (this.#pending.delete(id) && this.#pending.size === 0) this.#onIdle();
    };
    const exchange = new Exchange(this.#server, id, message, swapped.token, onEnd, asking);
    exchange.isList = listMethods.has(method);
    this.#pending.set(id, exchange);
    return exchange;
  }

  /**
   * Takes one message, or a batch of them (requirement H40: servers of 2025-03-26 may send one).
   * @param origin the exchange on whose own stream it came; absent on a stream of the whole line
   * @returns what has to be sent back
   * @throws McpError `upstream_protocol` when it is no JSON-RPC message
   */
  receive(bytes: Buffer, origin?: Exchange): Buffer[] {
    return this.#take(bytes, this.#read(bytes), origin);
  }

  /** As `receive`, for a message so large that to read it at once would hold up others. */
  async receiveLarge(received: Buffer, origin?: Exchange): Promise<Buffer[]> {
    const bytes = await sharedBytes([received]);
    const read = await largeJson.read(bytes).catch((error: unknown) => {
      if (error instanceof WorkerLost) throw tooCostly(this.#server, 'a message');
      throw this.#unreadable();
    });
    return this.#take(bytes, read, origin);
  }

  #take(
    bytes: Buffer,
    { read, tooDeep, places }: ServerMessage & Pick<Done, 'places'>,
    origin?: Exchange,
  ): Buffer[] {
    const replies: Buffer[] = [];
    for (const message of messagesOf(read)) {
      if (tooDeep && !this.#takesDeep(bytes, message, origin)) continue;
      if (message.kind === 'request') {
        const reply = this.#onRequest(bytes, message, origin);
        if (reply) replies.push(replyFrame(slice(bytes, message.id), reply));
      } else if (message.kind === 'response') {
        this.#onResponse(bytes, message, origin, places);
      } else {
        this.#onNotification(bytes, message, origin);
      }
    }
    return replies;
  }

  /** The request begun last of those under way. */
  get latest(): Exchange | undefined {
    return [...this.#pending.values()].at(-1);
  }

  /** The line has ended: nobody takes the answers to what was asked outside of calls' streams. */
  withdrawAsks(): void {
    this.#asks.withdrawAll();
  }

  /** The exchange with this id, if it is under way. */
  find(id: number): Exchange | undefined {
    return this.#pending.get(id);
  }

  failAll(error: McpError): void {
    this.#asks.withdrawAll();
    for (const exchange of [...this.#pending.values()]) exchange.fail(error);
  }

  /** Of what is nested too deeply nothing is passed on, but a list without the items at fault. */
  #takesDeep(bytes: Buffer, message: Envelope, origin: Exchange | undefined): boolean {
    const exchange = message.kind === 'response' ? this.#answered(bytes, message, origin) : origin;
    if (exchange?.isList === true && message.kind === 'response') return true;
    this.#ignored++;
    exchange?.fail(this.#tooDeep());
    return false;
  }

  #tooDeep(): McpError {
    const why = `sent JSON that is nested more than ${defaultMaxDepth} levels deep`;
    return protocolBroken(this.#server, why);
  }

  #read(bytes: Buffer): ServerMessage {
    try {
      return readServerMessage(bytes);
    } catch (error) {
      throw isTooDeep(error) ? this.#tooDeep() : this.#unreadable();
    }
  }

  #unreadable(): McpError {
    return protocolBroken(this.#server, 'sent something that is not a JSON-RPC message');
  }

  /** Answers a request of the server, or has its client asked. */
  #onRequest(bytes: Buffer, message: RequestEnvelope, origin?: Exchange): AskAnswer | undefined {
    const { method, params } = message;
    if (method === 'ping') return pong;
    const exchange = origin ?? this.#latestAskable();
    const { capabilities } = exchange?.asking ?? {};
    if (!capabilities || !mayAsk(capabilities, method, bytes, params)) return refusals.incapable;
    const question = { method, params: params && slice(bytes, params.span) };
    const shared = origin ? undefined : this.#asks;
    if (!exchange?.ask(slice(bytes, message.id), question, shared)) return refusals.busy;
    this.#wanted++;
    return undefined;
  }

  /**
   * The call that shows a question from outside any call's stream: on a line of one conversation the
   * latest. Calls of a shared line cannot be asked and are never taken for it.
   */
  #latestAskable(): Exchange | undefined {
    return [...this.#pending.values()].findLast(({ asking }) => asking !== undefined);
  }

  /** Whose answer it is. One on another call's stream is not believed: its caller may be another. */
  #answered(
    bytes: Buffer,
    { id }: ResponseEnvelope,
    origin: Exchange | undefined,
  ): Exchange | undefined {
    const exchange = id && this.#pending.get(Number(slice(bytes, id).toString()));
    return origin === undefined || origin === exchange ? exchange : undefined;
  }

  #onResponse(
    bytes: Buffer,
    message: ResponseEnvelope,
    origin: Exchange | undefined,
    places: Done['places'],
  ): void {
    const exchange = this.#answered(bytes, message, origin);
    if (!exchange) {
      this.#ignored++;
      return;
    }
    this.#wanted++;
    if (message.error) return this.#onError(exchange, slice(bytes, message.error));
    if (!message.result) return;
    exchange.answer({ type: 'done', result: slice(bytes, message.result), places });
  }

  #onError(exchange: Exchange, error: RawJson): void {
    const broken = (why: string) => exchange.fail(protocolBroken(this.#server, why));
    if (error.length > largeBytes) {
      const what = `an error of more than ${largeBytes} bytes`;
      return exchange.fail(tooLarge(this.#server, what, largeBytes));
    }
    if (!isErrorObject(error)) return broken('sent an error without a code and a message');
    const toUrls = requiresUrls(error);
    if (toUrls && !canVisit(exchange.asking?.capabilities)) {
      return broken('sends to a URL a client of which it was told that it cannot be asked');
    }
    const told = toUrls ? labelUrls(this.#server, error) : error;
    exchange.answer({ type: 'fail', failure: { kind: 'answered', error: told } });
  }

  #onNotification(bytes: Buffer, message: NotificationEnvelope, origin?: Exchange): void {
    const { method } = message;
    if (listChanged.test(method)) return this.#onListChanged(method);
    const exchange = origin ?? this.#subscriber(bytes, message);
    if (method === 'notifications/progress') return this.#onProgress(bytes, message, origin);
    if (method === 'notifications/cancelled') return this.#onCancelled(bytes, message, origin);
    const params = message.params && slice(bytes, message.params.span);
    const note: Note = { type: 'note', method, params };
    if (exchange && mayHear(exchange.asking?.capabilities, method)) return exchange.note(note);
    // On a line shared by many callers nothing says whose message this is, so nobody gets it.
    if (!exchange && this.#onSaid && unasked.has(method)) this.#onSaid(note);
    else this.#ignored++;
  }

  /** The stream that a message on a pipe of all belongs to (basic/patterns/subscriptions). */
  #subscriber(bytes: Buffer, { params }: NotificationEnvelope): Exchange | undefined {
    const id = params && ownToken(bytes, findMember(params.meta, subscriptionIdKey));
    return id === undefined ? undefined : this.#pending.get(id);
  }

  /** The server withdraws a question of its own. */
  #onCancelled(bytes: Buffer, { params }: NotificationEnvelope, origin?: Exchange): void {
    const id = params && findMember(params.members, 'requestId');
    const raw = id && slice(bytes, id.value);
    const asked = origin ? [origin] : [...this.#pending.values()];
    const known = raw && asked.some((exchange) => exchange.withdraw(raw));
    if (!known && !(raw && this.#asks.withdraw(raw))) this.#ignored++;
  }

  #onProgress(bytes: Buffer, message: NotificationEnvelope, origin?: Exchange): void {
    const { params } = message;
    const member = params && findMember(params.members, 'progressToken');
    const id = ownToken(bytes, member);
    const exchange = id === undefined ? undefined : this.#pending.get(id);
    if (!params || !member || !exchange?.token || (origin && origin !== exchange)) {
      this.#ignored++;
      return;
    }
    this.#wanted++;
    const whole = splice(bytes, [{ span: member.value, replacement: exchange.token }]);
    const grown = exchange.token.length - (member.value.end - member.value.start);
    const restored = slice(whole, { start: params.span.start, end: params.span.end + grown });
    exchange.note({ type: 'note', method: message.method, params: restored });
  }
}

function slice(bytes: Buffer, span: Span): Buffer {
  return bytes.subarray(span.start, span.end);
}
