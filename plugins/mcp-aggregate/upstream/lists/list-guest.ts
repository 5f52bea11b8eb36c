import type { Duplex } from 'node:stream';
import { readFrames, sendFrame } from '../../../../lib/workers/frames.js';
import type { Frame } from '../../../../lib/workers/frames.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { ListedItems } from '../../core/calls/upstream-port.js';
import { errorTold } from '../failure/told-error.js';
import { maxListBytes } from './fetched-lists.js';
import { readList } from './list-frames.js';
import type { FromFetcher, ToFetcher } from './list-frames.js';

/** The worker that fetches a list cannot be reached. */
export class FetcherGone extends Error {
  constructor() {
    super('the worker that fetches lists cannot be reached');
    this.name = 'FetcherGone';
  }
}

interface Waiting {
  readonly resolve: (listed: ListedItems) => void;
  readonly reject: (error: Error) => void;
}

/** This worker's way to one that fetches lists for it. */
export class ListGuest {
  readonly #connect: () => Promise<Duplex>;
  readonly #waiting = new Map<number, Waiting>();
  #stream: Duplex | undefined;
  #opening: Promise<Duplex> | undefined;
  #last = 0;

  constructor(connect: () => Promise<Duplex>) {
    this.#connect = connect;
  }

  /**
   * Whether the other worker was reached: what is said before that nobody hears, and need not, since
   * nothing was asked of it.
   */
  get connected(): boolean {
    return this.#stream !== undefined && !this.#stream.destroyed;
  }

  /** @throws FetcherGone; McpError as the fetch */
  async list(key: string, kind: ItemKind): Promise<ListedItems> {
    const stream = await this.#open();
    const n = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject });
      this.#say(stream, { t: 'want', n, key, kind });
      if (stream.destroyed) this.#lost(stream);
    });
  }

  say(message: ToFetcher): void {
    if (this.#stream) this.#say(this.#stream, message);
  }

  async #open(): Promise<Duplex> {
    if (this.#stream && !this.#stream.destroyed) return this.#stream;
    this.#opening ??= this.#connect()
      .then((stream) => {
        this.#stream = stream;
        stream.on('error', () => undefined);
        const take = (frame: Frame) => this.#take(frame);
        void readFrames(stream, maxListBytes, take).then(() => this.#lost(stream));
        return stream;
      })
      .catch(() => {
        throw new FetcherGone();
      })
      .finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  #say(stream: Duplex, message: ToFetcher): void {
    sendFrame(stream, { ...message });
  }

  #take(frame: Frame): void {
    const message = frame.head as unknown as FromFetcher;
    const waiting = this.#waiting.get(message.n);
    if (waiting === undefined) return;
    this.#waiting.delete(message.n);
    if (message.t === 'list') waiting.resolve(readList(frame));
    else waiting.reject(errorTold(message.error));
  }

  #lost(stream: Duplex): void {
    if (this.#stream === stream) this.#stream = undefined;
    for (const { reject } of this.#waiting.values()) reject(new FetcherGone());
    this.#waiting.clear();
  }
}
