import type { Duplex } from 'node:stream';
import { McpError } from '../../../../../lib/errors/errors.js';
import type { RawJson } from '../../../../../lib/json/types.js';
import { sendFrame } from '../../../../../lib/workers/frames.js';
import { Exchange } from '../../conversation/exchange.js';
import type { LineRequest } from '../../conversation/link.js';
import { unavailable } from '../../failure/failures.js';
import { beginModern } from '../../modern/begin-modern.js';
import type { ChildLine } from './child-line.js';
import type { FromHost, ToHost } from './messages.js';

/** Bytes that may wait for a worker that does not read. */
const mostQueued = 67_108_864;
const listMethod = /\/list$/;

interface Begun {
  readonly method: string;
  readonly params: RawJson | undefined;
}

type Opened = Extract<FromHost, { readonly t: 'opened' }>;
type Answer = Exclude<FromHost, { readonly t: 'opened' | 'refused' | 'gone' }>;

/** A conversation with a child that another worker runs, on a stream to that worker. */
export class RemoteLine implements ChildLine {
  readonly modern: boolean;
  readonly separates = false;
  readonly offered: ReadonlySet<string>;
  readonly #server: string;
  readonly #stream: Duplex;
  readonly #under: RequestsUnderWay;
  #alive = true;

  constructor(
    server: string,
    stream: Duplex,
    under: RequestsUnderWay,
    { era, offered }: Pick<Opened, 'era' | 'offered'>,
  ) {
    this.#server = server;
    this.#stream = stream;
    this.#under = under;
    this.modern = era === 'modern';
    this.offered = new Set(offered);
  }

  get alive(): boolean {
    return this.#alive && !this.#stream.destroyed;
  }

  /** The child has ended; what is under way is told so by its worker. */
  ended(): void {
    this.#alive = false;
  }

  async setLogLevel(): Promise<void> {}

  begin(request: LineRequest): Exchange {
    const { method, params } = request;
    return this.modern
      ? beginModern(this.#server, this.#under, request, this.offered)
      : this.#under.begin(method, params);
  }

  async send(exchange: Exchange): Promise<void> {
    if (exchange.settled) return;
    if (this.alive && this.#under.send(exchange)) return;
    throw unavailable(this.#server, 'has ended or does not read what it is sent');
  }

  rootsChanged(): void {}

  cancel(exchange: Exchange, reason: string): void {
    this.#under.cancel(exchange, reason);
  }
}

/** The requests of this worker that are under way on one stream. */
export class RequestsUnderWay {
  readonly #server: string;
  readonly #stream: Duplex;
  readonly #exchanges = new Map<number, Exchange>();
  readonly #begun = new WeakMap<Exchange, Begun>();
  readonly #cancelled = new WeakSet<Exchange>();
  #last = 0;

  constructor(server: string, stream: Duplex) {
    this.#server = server;
    this.#stream = stream;
  }

  /** As `Peer.begin`; ids and tokens on the wire are those of the worker that runs the child. */
  begin(method: string, params: RawJson | undefined): Exchange {
    const k = ++this.#last;
    const onEnd = () => {
      if (!this.#exchanges.delete(k)) return;
      // Who gives it up may have the server told, which ends it as well.
      queueMicrotask(() => this.#cancelled.has(exchange) || this.#say({ t: 'end', k }));
    };
    const exchange = new Exchange(this.#server, k, Buffer.of(), undefined, onEnd);
    exchange.isList = listMethod.test(method);
    this.#begun.set(exchange, { method, params });
    this.#exchanges.set(k, exchange);
    return exchange;
  }

  /** False where the other worker does not read. */
  send(exchange: Exchange): boolean {
    const begun = this.#begun.get(exchange);
    if (begun === undefined || this.#stream.writableLength > mostQueued) return false;
    this.#begun.delete(exchange);
    this.#say({ t: 'begin', k: exchange.id, method: begun.method }, begun.params);
    return true;
  }

  cancel(exchange: Exchange, reason: string): void {
    this.#cancelled.add(exchange);
    this.#say({ t: 'cancel', k: exchange.id, reason });
  }

  /** What came back for one of them. */
  take(message: Answer, payload: Buffer | undefined): void {
    const exchange = this.#exchanges.get(message.k);
    if (exchange === undefined) return;
    // An answer is the last that is said of it, on both sides.
    if (message.t !== 'note') this.#exchanges.delete(message.k);
    switch (message.t) {
      case 'note':
        return exchange.note({ type: 'note', method: message.method, params: payload });
      case 'done':
        if (payload === undefined) return;
        return exchange.answer({ type: 'done', result: payload, places: message.places });
      case 'answered':
        if (payload === undefined) return;
        return exchange.answer({ type: 'fail', failure: { kind: 'answered', error: payload } });
      case 'fail': {
        const { code, message: text, data } = message.failure;
        return exchange.fail(new McpError(code, text, data));
      }
    }
  }

  failAll(error: McpError): void {
    for (const exchange of [...this.#exchanges.values()]) exchange.fail(error);
  }

  #say(message: ToHost, payload?: Buffer): void {
    sendFrame(this.#stream, { ...message }, payload);
  }
}
