import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { CancelSignal } from '../../../../../lib/flow/cancellation.js';
import { brace } from './look-at.js';

/** The answer to a request, from its head on. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AnswerBody;
  /** The body, where all of it was there before the answer was handed over. */
  readonly whole?: Buffer | undefined;
}

export interface AnswerBody extends AsyncIterable<Buffer> {
  /** Ends the reading; the connection is closed unless the body is at its end. */
  destroy(): unknown;
}

/** JSON of no more than this is waited for: nothing can be done before its end. */
const wholeBytes = 65_536;

/**
 * Takes the answer to one request from undici. undici's own `request` makes a stream and an async
 * resource for every answer, which cost more than sending the request: here a small JSON answer is
 * handed over whole, and only others get a stream.
 */
export class AnswerTaker implements Dispatcher.DispatchHandler {
  readonly #mostWhole: number;
  readonly #signal: CancelSignal;
  readonly #take: (answer: HttpAnswer) => void;
  readonly #fail: (error: unknown) => void;
  readonly #onAbort = () => this.#abort();
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HttpAnswer['headers'] = {};
  /** What is there of an answer that is waited for. */
  #chunks: Buffer[] | undefined;
  #length = 0;
  #over = false;
  #stream: AnswerStream | undefined;

  /**
   * @param maxBytes limit of a message: JSON beyond it is not waited for
   * @param take is called at most once, and then `fail` is not
   * @param fail is called at most once, with undici's error or the signal's reason
   */
  constructor(
    maxBytes: number,
    signal: CancelSignal,
    take: (answer: HttpAnswer) => void,
    fail: (error: unknown) => void,
  ) {
    this.#mostWhole = Math.min(wholeBytes, maxBytes);
    this.#signal = signal;
    this.#take = take;
    this.#fail = fail;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It may have waited for a connection.
    if (this.#signal.aborted) controller.abort(reasonOf(this.#signal));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpAnswer['headers'],
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (isPlainJson(status, headers)) this.#chunks = [];
    else this.#open();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#chunks === undefined) {
      if (this.#stream?.push(chunk) === false) controller.pause();
      return;
    }
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    // What begins otherwise may be an event stream in spite of its label.
    if (this.#length > this.#mostWhole || this.#chunks[0]![0] !== brace) this.#open();
  }

  onResponseEnd(): void {
    const { 0: first, length } = this.#chunks ?? [];
    if (this.#chunks === undefined) return void this.#stream?.end();
    this.#signal.removeEventListener('abort', this.#onAbort);
    const whole = length === 1 ? first! : Buffer.concat(this.#chunks, this.#length);
    const body = new WholeBody(whole);
    this.#take({ statusCode: this.#status, headers: this.#headers, body, whole });
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#stream) return void this.#stream.destroy(error);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#end(error);
  }

  /** Hands over the answer with what there is of it, and the rest as it comes. */
  #open(): void {
    const stream = new AnswerStream(this.#controller!);
    this.#stream = stream;
    stream.once('close', () => this.#signal.removeEventListener('abort', this.#onAbort));
    for (const chunk of this.#chunks ?? []) stream.push(chunk);
    this.#chunks = undefined;
    this.#take({ statusCode: this.#status, headers: this.#headers, body: stream });
  }

  #abort(): void {
    const reason = reasonOf(this.#signal);
    if (this.#stream) return void this.#stream.destroy(reason);
    this.#end(reason);
    this.#controller?.abort(reason);
  }

  #end(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#fail(error);
  }
}

function reasonOf({ reason }: CancelSignal): Error {
  return reason instanceof Error ? reason : new Error('given up');
}

function isPlainJson(status: number, headers: HttpAnswer['headers']): boolean {
  const type = headers['content-type'];
  if (status !== 200 || headers['content-encoding'] !== undefined) return false;
  return typeof type === 'string' && type.startsWith('application/json');
}

/** A body that comes piece by piece, as fast as it is read. */
class AnswerStream extends Readable {
  readonly #controller: Dispatcher.DispatchController;
  #ended = false;

  constructor(controller: Dispatcher.DispatchController) {
    super();
    this.#controller = controller;
    // Whoever reads it is told by the iterator; where nobody does, nobody is.
    this.on('error', () => undefined);
  }

  end(): void {
    this.#ended = true;
    this.push(null);
  }

  override _read(): void {
    this.#controller.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#ended) this.#controller.abort(error ?? new Error('the rest is not wanted'));
    done(error);
  }
}

/** The same for an answer that is there. */
class WholeBody implements AnswerBody {
  readonly #whole: Buffer;

  constructor(whole: Buffer) {
    this.#whole = whole;
  }

  destroy(): void {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    if (this.#whole.length > 0) yield this.#whole;
  }
}
