import { tasksExtension } from '../../../../lib/protocol/tasks.js';
import { awaitFirstLoads } from './await-first-loads.js';
import type { Clock } from '../calls/clock.js';
import { ItemIndex } from './item-index.js';
import type { Collision } from './item-index.js';
import { allKinds, itemKinds, perKind } from '../items/item-kinds.js';
import type { ItemKind } from '../items/item-kinds.js';
import { ItemList } from './item-list.js';
import { ToolSearch } from '../discovery/tool-search.js';
import { Router } from '../calls/router.js';
import { serverCapabilities } from '../capabilities/server-capabilities.js';
import type { Subject } from '../../../../lib/policy/policy.js';
import type { AccessRules } from '../policy/policy.js';
import type { Served } from '../items/served.js';
import type { CacheHints } from '../calls/upstream-port.js';
import type { UriSpace } from '../uris/uri-space.js';

export interface EndpointOptions {
  readonly clock: Clock;
  readonly listTimeoutMs: number;
  readonly pageSize: number;
  readonly access: AccessRules;
  readonly onCollision: (collision: Collision) => void;
}

/** What the servers of an endpoint have together: its lists, and the way to each item. */
export class EndpointItems {
  readonly router: Router;
  readonly lists: Readonly<Record<ItemKind, ItemList>>;
  readonly search: ToolSearch;
  readonly #indexes: Readonly<Record<ItemKind, ItemIndex>>;
  readonly #servers: readonly Served[];
  readonly #options: EndpointOptions;

  constructor(servers: readonly Served[], uris: UriSpace, options: EndpointOptions) {
    const indexes = perKind((kind) => new ItemIndex(kind, servers, options));
    this.lists = perKind((kind) => new ItemList(servers, indexes[kind], options));
    const knowsOf = (kind: ItemKind, server: Served, subject: Subject) =>
      this.lists[kind].knowsOf(server, subject);
    this.router = new Router(servers, indexes, uris, { ...options, knowsOf });
    this.search = new ToolSearch(this.lists.tool, options.clock);
    this.#indexes = indexes;
    this.#servers = servers;
    this.#options = options;
  }

  /** Notifications that tell of changed lists: of what some server has or may have. */
  get listChanges(): readonly string[] {
    const offered = serverCapabilities(this.#servers);
    const kinds = allKinds.filter((kind) => itemKinds[kind].capability in offered);
    return [...new Set(kinds.map((kind) => itemKinds[kind].changed))];
  }

  /** Drops what was kept for clients that turn pages and is too old; called by a timer. */
  sweep(): void {
    for (const kind of allKinds) this.#indexes[kind].sweep();
  }

  /** Nobody asks any more. */
  close(): void {
    for (const kind of allKinds) this.#indexes[kind].close();
  }

  /**
   * For how long the merged list holds, and whether for one caller alone: as long as the shortest of
   * its servers, and for all only where each of them says so and no rule decides who sees what
   * (SEP-2549).
   */
  cacheOf(kind: ItemKind): CacheHints {
    let [ttlMs, isPrivate] = [Infinity, this.#options.access.policy.hasRules];
    for (const { catalogues, onDemand } of this.#servers) {
      const { cache, offered, prepared } = catalogues[kind];
      // What a server does not have at all is not going to change with time.
      if (offered?.has(itemKinds[kind].capability) === false && prepared.items.length === 0)
        continue;
      ttlMs = Math.min(ttlMs, cache.ttlMs);
      isPrivate ||= cache.isPrivate || onDemand === true;
    }
    return ttlMs === Infinity ? { ttlMs: 0, isPrivate: true } : { ttlMs, isPrivate };
  }

  /** How many items of a server an earlier one's names leave out of the merged list. */
  collisionsOf(kind: ItemKind, server: string): number {
    return this.#indexes[kind].collisionsOf(server);
  }

  /** Whether some server is known to have the extension of tasks. */
  get offersTasks(): boolean {
    return this.#servers.some(({ catalogues }) => catalogues.tool.offered?.has(tasksExtension));
  }

  /** Capabilities for `initialize`; waits as lists do for servers that are answering just now. */
  async capabilities(): Promise<Readonly<Record<string, unknown>>> {
    const { clock, listTimeoutMs } = this.#options;
    await awaitFirstLoads(this.#servers, 'tool', clock, listTimeoutMs);
    return serverCapabilities(this.#servers);
  }
}
