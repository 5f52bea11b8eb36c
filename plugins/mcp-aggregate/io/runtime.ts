import { log } from '../../../lib/log.js';
import { Catalogue } from '../core/catalogue.js';
import type { CatalogueEvent } from '../core/catalogue.js';
import type { Clock } from '../core/clock.js';
import { EndpointItems } from '../core/endpoint-items.js';
import { Exposure } from '../core/exposure.js';
import { allKinds, itemKinds, perKind } from '../core/item-kinds.js';
import type { ItemKind } from '../core/item-kinds.js';
import type { Served } from '../core/served.js';
import { serverCapabilities } from '../core/server-capabilities.js';
import { UriSpace } from '../core/uri-space.js';
import { MissingSecret } from '../auth-config.js';
import type { AggregateConfig, ServerConfig } from '../config.js';
import type { Lease } from '../upstream/registry.js';
import { brokenUpstream } from './broken-upstream.js';

export type Acquire = (server: ServerConfig) => Lease;

const tickMs = 1_000;
const noSecret = 'a credential it needs has no value; the log of the gateway says which';

/** All that lives as long as one configuration of one endpoint: servers, their lists, the routes. */
export class Runtime {
  readonly config: AggregateConfig;
  readonly items: EndpointItems;
  readonly #clock: Clock;
  readonly #served: readonly Served[];
  readonly #leases: Lease[] = [];
  readonly #removers: (() => void)[] = [];
  readonly #lifetime = new AbortController();
  readonly #uris: UriSpace;
  readonly #ticker: NodeJS.Timeout;
  readonly #onListChanged = new Set<(method: string) => void>();
  readonly #watchers = new Set<() => void>();
  #running = 0;
  #lastUsed: number;

  constructor(config: AggregateConfig, acquire: Acquire, clock: Clock) {
    this.config = config;
    this.#clock = clock;
    this.#lastUsed = clock.now();
    this.#uris = new UriSpace(config.servers);
    this.#served = config.servers.map((server) => this.#serve(server, acquire));
    const { endpoint, listTimeoutMs, pageSize, access } = config;
    this.items = new EndpointItems(this.#served, this.#uris, {
      clock,
      listTimeoutMs,
      pageSize,
      access,
      onCollision: ({ kind, server, name, owner }) =>
        log('warn', `${kind}_collision`, {
          endpoint,
          server: server.name,
          name,
          owner: owner.name,
        }),
    });
    this.#ticker = setInterval(() => this.#refresh(), tickMs);
    this.#ticker.unref();
    this.#refresh();
  }

  /** Requests under way. */
  get running(): number {
    return this.#running;
  }

  /** When it was last asked for, in milliseconds. */
  get lastUsed(): number {
    return this.#lastUsed;
  }

  get closed(): boolean {
    return this.#lifetime.signal.aborted;
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

  /** Notifications that tell of changed lists here: of what some server has or may have. */
  get listChanges(): readonly string[] {
    const offered = serverCapabilities(this.#served);
    const kinds = allKinds.filter((kind) => itemKinds[kind].capability in offered);
    return [...new Set(kinds.map((kind) => itemKinds[kind].changed))];
  }

  /** Calls `listener` with one of them when a merged list may have changed; answers a remover. */
  onListChanged(listener: (method: string) => void): () => void {
    const own = (method: string) => listener(method);
    this.#onListChanged.add(own);
    return () => void this.#onListChanged.delete(own);
  }

  /** A client's session is over: servers need keep nothing for it. */
  endConversation(conversation: string): void {
    for (const { upstream } of this.#served) upstream.endConversation(conversation);
  }

  /** Gives the servers back. */
  close(): void {
    if (this.closed) return;
    this.#lifetime.abort();
    clearInterval(this.#ticker);
    for (const onClose of [...this.#watchers]) onClose();
    for (const remove of this.#removers) remove();
    for (const lease of this.#leases) lease.release();
  }

  #serve(server: ServerConfig, acquire: Acquire): Served {
    const lease = acquireOrBreak(server, acquire);
    this.#leases.push(lease);
    const { upstream } = lease;
    const exposure = new Exposure(server, this.#uris);
    const catalogues = perKind(
      (kind) =>
        new Catalogue({
          kind,
          exposure,
          ttlMs: this.config.listTtlMs,
          clock: this.#clock,
          lifetime: this.#lifetime.signal,
          list: (signal) => upstream.list(kind, signal),
          onEvent: (event) => this.#onEvent(served, kind, event),
        }),
    );
    const served: Served = {
      name: server.name,
      prefix: server.prefix,
      upstream,
      exposure,
      catalogues,
    };
    const remove = upstream.onListChanged((method) => {
      for (const kind of allKinds) {
        if (itemKinds[kind].changed === method) catalogues[kind].invalidate();
      }
    });
    this.#removers.push(remove);
    return served;
  }

  #refresh(): void {
    for (const { catalogues } of this.#served) {
      for (const kind of allKinds) catalogues[kind].refreshIfDue();
    }
  }

  #onEvent(server: Served, kind: ItemKind, event: CatalogueEvent): void {
    const { changed } = itemKinds[kind];
    const hasChanged = event.type === 'listed' || event.type === 'dropped';
    if (hasChanged && this.#onListChanged.size > 0 && this.listChanges.includes(changed)) {
      for (const tell of this.#onListChanged) tell(changed);
    }
    const { type, ...fields } = event;
    // A server that is down fails all its lists for the same reason: said once.
    const isSaid = (other: ItemKind) =>
      type === 'failed' && server.catalogues[other].lastError === event.reason;
    if (allKinds.some((other) => other !== kind && isSaid(other))) return;
    const level = type === 'listed' ? 'info' : 'warn';
    const { endpoint } = this.config;
    log(level, `${itemKinds[kind].member}_${type}`, { endpoint, server: server.name, ...fields });
  }
}

/** A server that cannot even be set up must not take the others down. */
function acquireOrBreak(server: ServerConfig, acquire: Acquire): Lease {
  try {
    return acquire(server);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be set up';
    log('error', 'server_unusable', { server: server.name, reason });
    const missing = error instanceof MissingSecret ? noSecret : undefined;
    return { upstream: brokenUpstream(server.name, missing), release: () => undefined };
  }
}
