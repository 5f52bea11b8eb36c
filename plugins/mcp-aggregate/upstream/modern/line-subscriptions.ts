import type { RawJson } from '../../../../lib/json/types.js';
import { McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { ServerConfig } from '../../config/config.js';
import { allKinds, itemKinds } from '../../core/items/item-kinds.js';
import type { Exchange } from '../conversation/exchange.js';
import type { LineHearing, LineRequest, LinkEvents, Party } from '../conversation/link.js';
import { isSubscribing, uriOf } from '../conversation/subscriptions.js';
import { FloodGate } from '../failure/flood-gate.js';
import { failEvent, protocolBroken } from '../failure/failures.js';
import { Listening } from './listening.js';
import { ResourceListening } from './resource-listening.js';
import type { ListeningOptions } from './listening.js';
import { TaskListenings } from './task-listenings.js';

const nothing = Buffer.from('{}');
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** A stream that ends sooner has failed as if it had not come about. */
const shortMs = 5_000;
/** How long the first list waits for it: what changes in between would be heard by nobody. */
const openingMs = 500;

export interface LineSubscriptionsOptions extends Pick<ListeningOptions, 'send'> {
  /** Prepares a request to listen. */
  readonly begin: (params: RawJson, more?: Partial<LineRequest>) => Exchange;
  readonly server: ServerConfig;
  readonly party: Party;
  readonly events: LinkEvents;
  readonly hears: boolean;
  /** Told when what was subscribed to is not heard any more. */
  readonly onLost: () => void;
  /** Told when the stream of changed lists has ended: the server may have been replaced. */
  readonly onDoubt?: () => void;
}

/**
 * What a line without sessions wants to hear of its server: changed lists, and resources that were
 * subscribed to by the methods of the other era, which are answered here.
 */
export class LineSubscriptions {
  readonly #options: LineSubscriptionsOptions;
  readonly #requests = new WeakMap<Exchange, { readonly method: string; readonly uri: string }>();
  readonly #gate = new FloodGate();
  readonly #resources: ResourceListening;
  readonly #lists: Listening;
  readonly #tasks: TaskListenings;
  /** Resolves when the stream of changed lists is heard, refused, or has taken its time. */
  #opening: Promise<void> | undefined;
  #pauseMs = firstPauseMs;
  #closed = false;
  #openedAt = 0;

  constructor(options: LineSubscriptionsOptions) {
    this.#options = options;
    const { server, party, events, begin, send, onLost } = options;
    const common = { server: server.name, deadlineMs: server.timeoutMs, begin, send };
    this.#tasks = new TaskListenings(common);
    this.#resources = new ResourceListening({
      ...common,
      onNote: (note) => events.onSaid(party, note),
      onLost,
    });
    this.#lists = new Listening({ ...common, onNote: () => {}, onLost: () => this.#again() });
  }

  /** Remembers a request of the other era that is answered here. */
  watch(exchange: Exchange, { method, params }: LineRequest): void {
    if (!isSubscribing(method)) return;
    this.#requests.set(exchange, { method, uri: uriOf(params) ?? '' });
  }

  /** Answers such a request; false for any other. */
  async take(exchange: Exchange): Promise<boolean> {
    const request = this.#requests.get(exchange);
    if (request === undefined) return false;
    const { name } = this.#options.server;
    try {
      const { method, uri } = request;
      const wanted = method === methods.subscribe;
      await this.#resources.change(uri, wanted, () => exchange.settled);
      exchange.answer({ type: 'done', result: nothing });
    } catch (error) {
      exchange.answer(failEvent(name, error));
    }
    return true;
  }

  /**
   * Hears of changed lists from now on, of those that the server has. Resolves when it does, when the
   * server refuses, or when that takes too long: what may have changed by then is told of later.
   */
  listen(offered: ReadonlySet<string>): Promise<void> {
    if (!this.#options.hears || this.#closed) return Promise.resolve();
    const kinds = allKinds.filter((kind) => offered.has(itemKinds[kind].capability));
    const lists = [...new Set(kinds.map((kind) => `${itemKinds[kind].capability}ListChanged`))];
    if (lists.length > 0) this.#opening ??= this.#open(lists);
    return this.#opening ?? Promise.resolve();
  }

  #open(lists: readonly string[]): Promise<void> {
    this.#openedAt = performance.now();
    let isLate = false;
    const heard = this.#lists.set({ lists, uris: new Set() }).then(
      () => void (isLate && !this.#closed && this.#tellChanged()),
      (error: unknown) => {
        // A server that does not know it has nothing to say; its lists are fetched by their time.
        const isRefused = error instanceof McpError && error.code === 'upstream_protocol';
        if (!isRefused) this.#again();
      },
    );
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        isLate = true;
        resolve();
      }, openingMs).unref();
      void heard.finally(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Counts what a stream says: to read what nobody waits for costs a core for as long as it comes. */
  came(message: Buffer, exchange: Exchange): void {
    if (!this.#owns(exchange)) return;
    const many = this.#gate.wasUnwanted();
    if (!this.#gate.came(message.length) && !many) return;
    const { name } = this.#options.server;
    log('warn', 'upstream_stream_flooded', { server: name });
    this.#pauseMs = longestPauseMs;
    exchange.fail(protocolBroken(name, 'says more than anybody can hear'));
  }

  /** As `Line.hearTasks`. */
  hearTasks(hearing: LineHearing): Promise<ReadonlySet<string>> {
    return this.#tasks.add(hearing);
  }

  close(): void {
    this.#closed = true;
    this.#tasks.close();
    this.#resources.close();
    this.#lists.close();
  }

  #owns(exchange: Exchange): boolean {
    return [this.#resources, this.#lists, this.#tasks].some((one) => one.owns(exchange));
  }

  #tellChanged(): void {
    const { events, party } = this.#options;
    for (const kind of allKinds) events.onListChanged(itemKinds[kind].changed, party.context);
  }

  #again(): void {
    this.#opening = undefined;
    if (this.#closed) return;
    this.#options.onDoubt?.();
    const isShort = performance.now() - this.#openedAt < shortMs;
    this.#pauseMs = isShort ? Math.min(longestPauseMs, this.#pauseMs * 2) : firstPauseMs;
    const pause = this.#pauseMs * (0.5 + Math.random() / 2);
    setTimeout(() => {
      // What has changed meanwhile nobody has said: lists are fetched, and with them the stream.
      if (!this.#closed) this.#tellChanged();
    }, pause).unref();
  }
}
