import { log } from '../../../../lib/log.js';
import { ownTools } from '../../../../lib/protocol/own-tools.js';
import type { AggregateConfig } from '../../config/config.js';
import { allKinds } from '../../core/items/item-kinds.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { Served } from '../../core/items/served.js';
import type { EndpointItems } from '../../core/lists/endpoint-items.js';

/** How many items a view shows, before any rule. */
export type ShownCounts = Readonly<Record<ItemKind, number>>;

/** Counts what the views of an endpoint show, and says once of each what is wrong with it. */
export class ViewCensus {
  readonly #config: AggregateConfig;
  readonly #items: EndpointItems;
  readonly #servers: readonly Served[];
  readonly #said = new Set<string>();
  #counts: readonly ShownCounts[] | undefined;
  #running = false;

  /** @param servers whose lists all callers share; others are not counted */
  constructor(config: AggregateConfig, items: EndpointItems, servers: readonly Served[]) {
    this.#config = config;
    this.#items = items;
    this.#servers = servers;
    const known = new Set(config.servers.map(({ name }) => name));
    for (const { name: view, target } of config.views?.all ?? []) {
      for (const server of target.servers) {
        if (known.has(server)) continue;
        log('warn', 'view_names_no_server', { endpoint: config.endpoint, view, server });
      }
    }
  }

  /** By view, in the order configured; undefined before they have been counted. */
  get counts(): readonly ShownCounts[] | undefined {
    return this.#counts;
  }

  /** Counts anew, unless that is under way. */
  take(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#take()
      .catch((error: unknown) => log('error', 'views_not_counted', { error: String(error) }))
      .finally(() => (this.#running = false));
  }

  async #take(): Promise<void> {
    const isWhole = this.#isWhole;
    const byKind = await Promise.all(
      allKinds.map(async (kind) => [kind, await this.#items.lists[kind].countShown()] as const),
    );
    const { all = [] } = this.#config.views ?? {};
    this.#counts = all.map((_view, index) => {
      const counts = byKind.map(([kind, shown]) => [kind, shown.get(index) ?? 0]);
      return Object.fromEntries(counts) as ShownCounts;
    });
    if (isWhole) this.#warn();
    if (all.some(({ discovery }) => discovery !== undefined)) this.#warnOfTools();
  }

  /** Whether all lists are known: else a view may yet come to show something. */
  get #isWhole(): boolean {
    return (
      this.#servers.length === this.#config.servers.length &&
      this.#servers.every(({ catalogues }) => allKinds.every((kind) => catalogues[kind].loaded))
    );
  }

  /** Of tools that nobody finds where tools are searched for. */
  #warnOfTools(): void {
    const { endpoint } = this.#config;
    for (const tool of Object.values(ownTools)) {
      const server = this.#items.router.ownerOf('tool', tool);
      if (!server.known || this.#said.has(`tool ${tool}`)) continue;
      this.#said.add(`tool ${tool}`);
      log('warn', 'discovery_hides_tool', { endpoint, server: server.server, tool });
    }
    const { left } = this.#items.search;
    if (left === 0 || this.#said.has('left')) return;
    this.#said.add('left');
    log('warn', 'discovery_leaves_tools', { endpoint, count: left });
  }

  #warn(): void {
    for (const [index, { name: view }] of (this.#config.views?.all ?? []).entries()) {
      const isEmpty = Object.values(this.#counts?.[index] ?? {}).every((count) => count === 0);
      if (!isEmpty || this.#said.has(view)) continue;
      this.#said.add(view);
      log('warn', 'view_shows_nothing', { endpoint: this.#config.endpoint, view });
    }
  }
}
