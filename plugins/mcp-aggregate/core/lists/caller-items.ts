import { LRUCache } from 'lru-cache';
import { held } from '../../../../lib/held/limits.js';
import type { CallerContext } from '../calls/call.js';
import type { Clock } from '../calls/clock.js';
import type { EndpointItems } from './endpoint-items.js';
import { allKinds, itemKinds } from '../items/item-kinds.js';
import type { Withheld } from '../pins/withheld.js';
import type { RefusedLists } from './list-news.js';
import type { Served } from '../items/served.js';
import type { Upstream } from '../calls/upstream-port.js';

/** A server that shows each caller a list of their own. */
export interface PerCallerServer {
  readonly upstream: Upstream;
  /**
   * The server as one authorization context sees it; nothing is fetched yet.
   * @param onListed is called when one of its lists has been replaced
   */
  readonly serve: (context: string, onListed: () => void) => Served;
}

export interface CallerItemsOptions {
  readonly clock: Clock;
  readonly make: (servers: readonly Served[]) => EndpointItems;
  readonly maxCallers?: number;
  /** Of the lists that are some caller's own. */
  readonly maxBytes?: number;
}

/** What one authorization context sees. */
interface View {
  readonly items: EndpointItems;
  readonly servers: readonly Served[];
  readonly own: readonly { readonly context: string; readonly served: Served }[];
}

const defaultMaxCallers = 1_000;
const { bytes: defaultMaxBytes, ms: idleMs } = held.callerLists;
/** What an item of another server costs in the merged list. */
const bytesPerMerged = 16;
const bytesPerView = 8_192;

/**
 * The items of an endpoint some of whose servers show each caller their own (design D10): one
 * catalogue for each authorization context, fetched when that caller asks and never shown to another.
 * The least recently used are given up beyond a number and a size.
 */
export class CallerItems {
  readonly #servers: readonly (Served | PerCallerServer)[];
  readonly #options: CallerItemsOptions;
  readonly #maxBytes: number;
  readonly #views: LRUCache<string, View>;

  constructor(servers: readonly (Served | PerCallerServer)[], options: CallerItemsOptions) {
    this.#servers = servers;
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes;
    this.#views = new LRUCache({
      max: options.maxCallers ?? defaultMaxCallers,
      maxSize: this.#maxBytes,
      ttl: idleMs,
      ttlResolution: 0,
      updateAgeOnGet: true,
      perf: { now: () => options.clock.now() },
    });
  }

  /** Contexts of which something is kept. */
  get size(): number {
    return this.#views.size;
  }

  /** The items as this caller sees them. */
  for(caller: CallerContext): EndpointItems {
    const key = this.keyOf(caller);
    return (this.#views.get(key) ?? this.#add(key, caller)).items;
  }

  /** Callers with equal keys see the same items. */
  keyOf(caller: CallerContext): string {
    const contexts = new Set<string>();
    for (const server of this.#servers) {
      if ('serve' in server) contexts.add(server.upstream.contextOf(caller));
    }
    return [...contexts].join(' ');
  }

  /** A server refuses a context: what it showed there is shown no longer. */
  forget(refused: RefusedLists): void {
    for (const served of this.#own(refused)) {
      for (const kind of allKinds) served.catalogues[kind].forget();
    }
  }

  /**
   * A server says that a list has changed; it is fetched when the caller asks. Answers whether that is
   * news to the caller.
   */
  markStale(server: string, context: string, method: string): boolean {
    const kinds = allKinds.filter((kind) => itemKinds[kind].changed === method);
    const stale = this.#own({ server, context }).flatMap(({ catalogues }) =>
      kinds.map((kind) => catalogues[kind].markStale()),
    );
    return stale.includes(true);
  }

  /**
   * Another process withholds something of a list; who does not withhold the same here is shown it
   * no longer before it has been fetched anew.
   */
  hear({ server, context, kind, digest }: Withheld): void {
    for (const { pins, catalogues } of this.#own({ server, context })) {
      if (pins?.hears?.(kind, digest) === true) catalogues[kind].doubt();
    }
  }

  /** Gives up what has not been used for an hour; called by a timer. */
  sweep(): void {
    this.#views.purgeStale();
  }

  clear(): void {
    this.#views.clear();
  }

  #own({ server, context }: RefusedLists): Served[] {
    return [...this.#views.values()].flatMap(({ own }) =>
      own.flatMap(({ context: mine, served }) =>
        mine === context && served.name === server ? [served] : [],
      ),
    );
  }

  #add(key: string, caller: CallerContext): View {
    const own: { context: string; served: Served }[] = [];
    const servers = this.#servers.map((server) => {
      if (!('serve' in server)) return server;
      const context = server.upstream.contextOf(caller);
      const served = server.serve(context, () => this.#measure(key, view));
      own.push({ context, served });
      return served;
    });
    const view: View = { items: this.#options.make(servers), servers, own };
    this.#views.set(key, view, { size: bytesPerView });
    return view;
  }

  #measure(key: string, view: View): void {
    if (this.#views.peek(key) !== view) return;
    let bytes = bytesPerView;
    for (const { onDemand, catalogues } of view.servers) {
      for (const kind of allKinds) {
        const { prepared } = catalogues[kind];
        bytes += onDemand === true ? prepared.cost : prepared.items.length * bytesPerMerged;
      }
    }
    // One that is larger than all may be has to be the only one, or it would be fetched for each call.
    this.#views.set(key, view, { size: Math.min(this.#maxBytes, bytes) });
  }
}
