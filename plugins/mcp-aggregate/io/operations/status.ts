import type { PerCallerServer } from '../../core/lists/caller-items.js';
import { allKinds, itemKinds } from '../../core/items/item-kinds.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { Served } from '../../core/items/served.js';
import type { EndpointPlaces } from '../endpoint-places.js';
import { pinStatus } from '../pins/pin-status.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { Runtimes } from '../runtimes/runtimes.js';

const mostOpenTools = 50;
/** Items named one by one; all are counted. */
const mostNamed = 20;
/** Names of a list as clients see them; `count` is of all. */
const mostListed = 64;

/**
 * What an operator is told of the endpoints of this process. No address, no header, no caller: a
 * server is known by its name.
 */
export function endpointsStatus(runtimes: Runtimes, places: EndpointPlaces): readonly object[] {
  return [...runtimes.all()].map((runtime) => {
    const { endpoint, entry, hash, label } = runtime.config;
    const { route, service } = places.of(endpoint);
    return {
      endpoint,
      route: route ?? null,
      service: service ?? null,
      plugin: entry,
      label: label ?? null,
      configuration: hash.slice(0, 12),
      superseded: !runtimes.isNewest(runtime.config),
      ready: missingServers(runtime).length === 0,
      requests_in_flight: runtime.running,
      callers_with_own_lists: runtime.callers,
      views: viewsStatus(runtime),
      guards: runtime.guards?.all.map((guard) => guard.status()) ?? [],
      servers: runtime.servers.map((server) => serverStatus(runtime, server)),
    };
  });
}

/**
 * What this process still waits for: first lists of servers. As long as its newest configuration is
 * the first of an endpoint, that is: a change must not make every node unready at once.
 */
export class Readiness {
  readonly #runtimes: Runtimes;
  /** Plugin entries that have been ready. */
  #known = new Set<string>();

  constructor(runtimes: Runtimes) {
    this.#runtimes = runtimes;
  }

  /** One line for each; nothing where all is ready. */
  missing(): readonly string[] {
    const known = new Set<string>();
    const missing: string[] = [];
    for (const runtime of this.#runtimes.all()) {
      const { endpoint, entry } = runtime.config;
      const servers = missingServers(runtime);
      if (servers.length === 0 || this.#known.has(entry)) known.add(entry);
      else missing.push(...servers.map((name) => `endpoint ${endpoint}: server ${name}`));
    }
    this.#known = known;
    return missing;
  }
}

/** Servers whose first list is awaited; no longer than clients wait for it. */
function missingServers({ servers, config }: Runtime): readonly string[] {
  return servers
    .filter((server) => {
      // Lists that each caller has of their own are fetched when that caller comes.
      return 'catalogues' in server && !server.catalogues.tool.attempted(config.listTimeoutMs);
    })
    .map(({ upstream }) => upstream.name);
}

/** What each view shows of lists that all share; null before it is known. */
function viewsStatus({ config, census }: Runtime): readonly object[] | null {
  const all = config.views?.all ?? [];
  const counts = census?.counts;
  if (all.length > 0 && counts === undefined) return null;
  return all.map(({ name, path, discovery }, index) => ({
    name,
    path: path ?? null,
    discovery: discovery !== undefined,
    ...Object.fromEntries(allKinds.map((kind) => [memberNames[kind], counts![index]![kind]])),
  }));
}

function serverStatus(runtime: Runtime, server: Served | PerCallerServer): object {
  const { upstream } = server;
  const { name } = upstream;
  const { state, lastError, retryInMs, circuit, openTools, said, eras } = upstream.status();
  const quantiles = runtime.tally.latencyOf(name)?.quantiles;
  const kind = runtime.config.servers.find((config) => config.name === name)?.kind;
  return {
    name,
    kind,
    state,
    last_error: lastError ?? null,
    retry_in_ms: retryInMs ?? null,
    circuit,
    open_tools: openTools.slice(0, mostOpenTools),
    said: said === undefined ? null : { ...said, instructions: undefined },
    eras: { legacy: eras?.legacy ?? null, modern: eras?.modern ?? null },
    latency_ms: quantiles ?? null,
    lists_per_caller: !('catalogues' in server),
    ...pinStatus(runtime.pins.get(name)),
    ...('catalogues' in server ? listsStatus(runtime, server) : {}),
  };
}

const memberNames: Readonly<Record<ItemKind, string>> = {
  tool: 'tools',
  prompt: 'prompts',
  resource: 'resources',
  template: 'resource_templates',
};

function listsStatus(runtime: Runtime, server: Served): object {
  const lists = allKinds.map((kind) => [memberNames[kind], listStatus(runtime, server, kind)]);
  return Object.fromEntries(lists) as object;
}

function listStatus(runtime: Runtime, { name, catalogues }: Served, kind: ItemKind): object {
  const { prepared, ageMs, lastError, flaw, offered } = catalogues[kind];
  return {
    offered: offered?.has(itemKinds[kind].capability) ?? null,
    count: prepared.items.length,
    names: prepared.items.slice(0, mostListed).map(({ name }) => name),
    digest: prepared.digest.slice(0, 12),
    age_seconds: ageMs === undefined ? null : Math.round(ageMs / 1000),
    last_error: lastError ?? null,
    flaw: flaw ?? null,
    refused: prepared.refused.length,
    refused_items: prepared.refused.slice(0, mostNamed),
    collisions: runtime.collisionsOf(kind, name),
    derived_names: prepared.derived.slice(0, mostNamed).map(({ item, name }) => ({ item, name })),
    long_names: prepared.warned.length,
  };
}
