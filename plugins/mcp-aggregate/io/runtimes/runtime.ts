import { Cancellation } from '../../../../lib/flow/cancellation.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { SharedState } from '../../../../lib/shared-state/shared-state.js';
import { sharedStates } from '../../../../lib/shared-state/shared-states.js';
import type { CallerContext, Note } from '../../core/calls/call.js';
import { CallerItems } from '../../core/lists/caller-items.js';
import type { PerCallerServer } from '../../core/lists/caller-items.js';
import type { Clock } from '../../core/calls/clock.js';
import { EndpointItems } from '../../core/lists/endpoint-items.js';
import { Exposure } from '../../core/items/exposure.js';
import { allKinds } from '../../core/items/item-kinds.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { Served } from '../../core/items/served.js';
import { UriSpace } from '../../core/uris/uri-space.js';
import type { AggregateConfig, ServerConfig } from '../../config/config.js';
import type { Upstream } from '../../core/calls/upstream-port.js';
import { largeJson } from '../../upstream/large/large-json.js';
import type { UriNames } from '../../upstream/large/tasks.js';
import type { Lease } from '../../upstream/registry.js';
import { acquireOrBreak } from './acquire-or-break.js';
import type { ServerPins } from '../../core/pins/server-pins.js';
import type { ListNews, RefusedLists } from '../../core/lists/list-news.js';
import type { Withheld } from '../../core/pins/withheld.js';
import { GuardSet } from '../../core/guards/guard-set.js';
import { GuardCaller } from '../guards/guard-caller.js';
import { ItemLog } from '../operations/item-log.js';
import { pinServer } from '../pins/pin-server.js';
import { reviewAnew, servePerCaller, serveShared } from './serve-lists.js';
import type { ListHost, OnListChanged } from './serve-lists.js';
import { Tally } from '../operations/tally.js';
import { ViewCensus } from '../operations/view-census.js';

export type Acquire = (server: ServerConfig) => Lease;

export type { OnListChanged };

/** Takes what a server said to a conversation outside of its calls. */
export type OnSaid = (
  runtime: Runtime,
  exposure: Exposure,
  conversation: string,
  note: Note,
) => void;

const tickMs = 1_000;
const nobody: ListNews = { withheld: () => undefined, refused: () => undefined };

/** All that lives as long as one configuration of one endpoint: servers, their lists, the routes. */
export class Runtime {
  readonly config: AggregateConfig;
  /** Figures of the requests served under this configuration. */
  readonly tally: Tally;
  /** In the order configured. */
  readonly servers: readonly (Served | PerCallerServer)[];
  /** What is pinned, by the name of the server. */
  readonly pins = new Map<string, ServerPins>();
  /** Who is asked about calls; undefined where nobody is. */
  readonly guards: GuardSet<GuardCaller> | undefined;
  /** What workers and nodes know together; undefined without Redis. */
  readonly shared: SharedState | undefined;
  /** Absent where there are no views. */
  readonly census: ViewCensus | undefined;
  readonly #clock: Clock;
  readonly #log: ItemLog;
  /** Servers whose lists all callers share. */
  readonly #shared: readonly Served[];
  /** Absent where all servers are shared. */
  readonly #callers: CallerItems | undefined;
  readonly #items: EndpointItems;
  readonly #upstreams: Upstream[] = [];
  readonly #leases: Lease[] = [];
  readonly #removers: (() => void)[] = [];
  readonly #lifetime = new Cancellation();
  readonly #uris: UriSpace;
  readonly #uriNames: UriNames['servers'];
  readonly #ticker: NodeJS.Timeout;
  readonly #onListChanged = new Set<OnListChanged>();
  readonly #watchers = new Set<() => void>();
  readonly #onSaid: OnSaid;
  readonly #news: ListNews;
  #running = 0;
  #lastUsed: number;

  constructor(
    config: AggregateConfig,
    acquire: Acquire,
    clock: Clock,
    onSaid: OnSaid = () => {},
    news: ListNews = nobody,
  ) {
    this.#onSaid = onSaid;
    this.#news = news;
    this.config = config;
    this.#clock = clock;
    this.#lastUsed = clock.now();
    this.#log = new ItemLog(config.endpoint);
    this.tally = new Tally(config);
    const guards = config.guards.all.map((one) => new GuardCaller(one.config, config.endpoint));
    this.guards = guards.length === 0 ? undefined : new GuardSet(guards);
    const lease = config.redis && sharedStates.acquire(config.redis);
    this.shared = lease?.state;
    if (lease !== undefined) this.#removers.push(lease.release);
    this.#uriNames = config.servers.map(({ name, plainUris }) => ({ name, plainUris }));
    this.#uris = new UriSpace(config.servers);
    this.servers = config.servers.map((server) => this.#serve(server, acquire));
    this.#shared = this.servers.filter((server) => 'catalogues' in server);
    const { listTimeoutMs, pageSize, access } = config;
    const onCollision = this.#log.collision.bind(this.#log);
    const options = { clock, listTimeoutMs, pageSize, access, onCollision };
    const make = (all: readonly Served[]) => new EndpointItems(all, this.#uris, options);
    this.#items = make(this.#shared);
    if (this.#shared.length < this.servers.length) {
      this.#callers = new CallerItems(this.servers, { clock, make });
    }
    this.census = config.views && new ViewCensus(config, this.#items, this.#shared);
    this.#ticker = setInterval(() => this.#refresh(), tickMs);
    this.#ticker.unref();
    this.#refresh();
  }

  /** The items that this caller is shown and may ask for, before any rule. */
  itemsFor(caller: CallerContext): EndpointItems {
    return this.#callers?.for(caller) ?? this.#items;
  }

  /** Names the list changes that concern this caller alone; undefined where there are none. */
  contextOf(caller: CallerContext): string | undefined {
    return this.#callers?.keyOf(caller);
  }

  /** Requests under way. */
  get running(): number {
    return this.#running;
  }

  /** Callers whose own lists are kept. */
  get callers(): number {
    return this.#callers?.size ?? 0;
  }

  /** Another process withholds something of a caller's list. */
  hearWithheld(withheld: Withheld): void {
    this.#callers?.hear(withheld);
  }

  /** Another process was told that a server refuses a caller. */
  hearRefused(refused: RefusedLists): void {
    this.#callers?.forget(refused);
  }

  /** How many items of a server the names of an earlier one leave out, of those that all share. */
  collisionsOf(kind: ItemKind, server: string): number {
    return this.#items.collisionsOf(kind, server);
  }

  /** When it was last asked for, in milliseconds. */
  get lastUsed(): number {
    return this.#lastUsed;
  }

  get closed(): boolean {
    return this.#lifetime.aborted;
  }

  touch(): void {
    this.#lastUsed = this.#clock.now();
  }

  /** Counts a request in; call what it answers once the request has ended. */
  enter(): () => void {
    this.#running += 1;
    this.touch();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#running -= 1;
      this.touch();
    };
  }

  /** Whether somebody waits for what may happen here. */
  get watched(): boolean {
    return this.#watchers.size > 0;
  }

  /** Calls `onClose` when this configuration is given up; answers a remover. */
  watch(onClose: () => void): () => void {
    const own = () => onClose();
    this.#watchers.add(own);
    return () => void this.#watchers.delete(own);
  }

  /** Notifications that tell this caller of changed lists: of what some server has or may have. */
  listChangesFor(caller: CallerContext): readonly string[] {
    return this.itemsFor(caller).listChanges;
  }

  /** Calls `listener` when a merged list may have changed; answers a remover. */
  onListChanged(listener: OnListChanged): () => void {
    const own: OnListChanged = (method, context) => listener(method, context);
    this.#onListChanged.add(own);
    return () => void this.#onListChanged.delete(own);
  }

  /** The roots of a session's client have changed. */
  rootsChanged(conversation: string): void {
    for (const upstream of this.#upstreams) upstream.rootsChanged(conversation);
  }

  /** As `Upstream.cancelPassed`. */
  cancelPassed(conversation: string, id: string): void {
    for (const upstream of this.#upstreams) upstream.cancelPassed?.(conversation, id);
  }

  /** A client's session is over: servers need keep nothing for it. */
  endConversation(conversation: string): void {
    for (const upstream of this.#upstreams) upstream.endConversation(conversation);
  }

  /** Gives the servers back. */
  close(): void {
    if (this.closed) return;
    this.#lifetime.abort();
    clearInterval(this.#ticker);
    for (const onClose of [...this.#watchers]) onClose();
    for (const remove of this.#removers) remove();
    for (const lease of this.#leases) lease.release();
    this.#callers?.clear();
    this.#items.close();
    for (const { catalogues } of this.#shared) {
      for (const kind of allKinds) catalogues[kind].release();
    }
    this.tally.close();
  }

  #serve(server: ServerConfig, acquire: Acquire): Served | PerCallerServer {
    const lease = acquireOrBreak(server, acquire);
    this.#leases.push(lease);
    const { upstream } = lease;
    this.#upstreams.push(upstream);
    const exposure = new Exposure(server, this.#uris, this.config.access.policy.decidesUris());
    const { name, prefix, trusted, passesTrace } = server;
    const uris = { server: name, servers: this.#uriNames };
    const rewriteLarge = (method: string, result: RawJson) =>
      largeJson.rewrite(result, method, uris);
    const pins = this.#pin(server, upstream);
    const facts = { name, prefix, trusted, passesTrace, upstream, exposure, rewriteLarge };
    const silence = upstream.onSaid((conversation, note) =>
      this.#onSaid(this, exposure, conversation, note),
    );
    this.#removers.push(silence);
    const host = this.#listHost();
    return upstream.listsPerCaller
      ? servePerCaller(facts, pins, host)
      : serveShared({ ...facts, pins }, host);
  }

  #pin(server: ServerConfig, upstream: Upstream): ServerPins | undefined {
    const pinned = pinServer(server, {
      endpoint: this.config.endpoint,
      upstream,
      servers: () => this.servers,
      onChange: (onlyMore) => {
        const served = this.servers.find((one) => one.upstream === upstream);
        if (served !== undefined) reviewAnew(served, onlyMore, this.#listHost());
      },
    });
    if (pinned === undefined) return undefined;
    this.#removers.push(pinned.release);
    this.pins.set(server.name, pinned.pins);
    return pinned.pins;
  }

  #listHost(): ListHost {
    return {
      ...{ config: this.config, clock: this.#clock, lifetime: this.#lifetime, log: this.#log },
      callers: () => this.#callers,
      tell: (method, context) => this.#tell(method, context),
      news: this.#news,
      onClose: (remove) => void this.#removers.push(remove),
    };
  }

  #refresh(): void {
    for (const { catalogues } of this.#shared) {
      for (const kind of allKinds) catalogues[kind].refreshIfDue();
    }
    this.#callers?.sweep();
    this.#items.sweep();
    this.census?.take();
  }

  #tell(method: string, context?: string): void {
    if (this.#onListChanged.size === 0) return;
    // What no server has is no news; those with lists per caller may have anything.
    if (this.#callers === undefined && !this.#items.listChanges.includes(method)) return;
    for (const tell of this.#onListChanged) tell(method, context);
  }
}
