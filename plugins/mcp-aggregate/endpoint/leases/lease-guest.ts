import type { Duplex } from 'node:stream';
import { readFrames, sendFrame } from '../../../../lib/workers/frames.js';
import type { Frame } from '../../../../lib/workers/frames.js';
import type { LeaseBook } from './lease-book.js';
import { fromKeeper, readLent } from './lease-messages.js';
import type { Ask, Dropped } from './lease-messages.js';

/** This worker's way to one that keeps sessions: asks for leases, and gives up those taken back. */
export class LeaseGuest {
  readonly #keeper: number;
  readonly #connect: () => Promise<Duplex>;
  readonly #book: Pick<LeaseBook, 'take' | 'recall' | 'lost'>;
  #stream: Duplex | undefined;
  #opening: Promise<Duplex> | undefined;

  /** @param keeper slot of the other worker */
  constructor(
    keeper: number,
    connect: () => Promise<Duplex>,
    book: Pick<LeaseBook, 'take' | 'recall' | 'lost'>,
  ) {
    this.#keeper = keeper;
    this.#connect = connect;
    this.#book = book;
  }

  /** Asks in the background; the book is told of the answer. */
  ask(what: Omit<Ask, 't'>): void {
    const ask: Ask = { t: 'ask', ...what };
    if (this.#stream !== undefined) return this.#say(this.#stream, ask);
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    this.#opening.then(
      (stream) => this.#say(stream, ask),
      () => this.#book.take(what.n, undefined),
    );
  }

  /** A keeper that does not read what it was asked is asked for no more. */
  #say(stream: Duplex, ask: Ask): void {
    if (stream.writableNeedDrain) this.#book.take(ask.n, undefined);
    else sendFrame(stream, { ...ask });
  }

  async #open(): Promise<Duplex> {
    const stream = await this.#connect();
    this.#stream = stream;
    stream.on('error', () => undefined);
    // It may end while the rest of it is still read.
    stream.once('close', () => this.#lost(stream));
    void readFrames(stream, 0, (frame) => this.#take(stream, frame)).then(() => this.#lost(stream));
    return stream;
  }

  #take(stream: Duplex, frame: Frame): void {
    const message = fromKeeper(frame);
    if (message.t === 'lent') return this.#book.take(message.n, readLent(message));
    this.#book.recall(message.ns);
    const dropped: Dropped = { t: 'dropped', r: message.r };
    sendFrame(stream, { ...dropped });
  }

  #lost(stream: Duplex): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#book.lost(this.#keeper);
  }
}
