import type { PerCallerServer } from '../../core/lists/caller-items.js';
import { allKinds } from '../../core/items/item-kinds.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { Served } from '../../core/items/served.js';
import type { UpstreamState } from '../../core/calls/upstream-port.js';
import type { ServerPins } from '../../core/pins/server-pins.js';
import * as figures from './figures.js';
import type { EndpointPlaces } from '../endpoint-places.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { Runtimes } from '../runtimes/runtimes.js';

const states: readonly UpstreamState[] = ['idle', 'connecting', 'ready', 'failing'];

/** Sets the gauges of every endpoint; where configurations overlap, the newest speaks for it. */
export function collectEndpoints(runtimes: Runtimes, places: EndpointPlaces): void {
  for (const runtime of runtimes.all()) {
    figures.inFlight.add(runtime.running, runtime.config.endpoint);
    if (!runtimes.isNewest(runtime.config)) continue;
    const { endpoint } = runtime.config;
    const { route, service } = places.of(endpoint);
    figures.endpointInfo.set(1, endpoint, route ?? '', service ?? '');
    for (const server of runtime.servers) collectServer(runtime, server);
    for (const { config, circuit } of runtime.guards?.all ?? []) {
      figures.guardCircuitOpen.set(circuit === 'closed' ? 0 : 1, endpoint, config.name);
    }
  }
}

function collectServer(runtime: Runtime, server: Served | PerCallerServer): void {
  const { endpoint } = runtime.config;
  const { name } = server.upstream;
  const { state, circuit, openTools, eras } = server.upstream.status();
  for (const one of states) {
    figures.upstreamState.set(one === state ? 1 : 0, endpoint, name, one);
  }
  for (const era of ['legacy', 'modern'] as const) {
    const speaks = eras?.[era];
    if (speaks !== undefined) figures.upstreamEra.set(speaks ? 1 : 0, endpoint, name, era);
  }
  figures.circuitOpen.set(circuit === 'closed' ? 0 : 1, endpoint, name);
  figures.toolCircuitsOpen.set(openTools.length, endpoint, name);
  collectPins(endpoint, name, runtime.pins.get(name));
  if (!('catalogues' in server)) return;
  for (const kind of allKinds) collectList(runtime, server, kind);
}

function collectPins(endpoint: string, server: string, pins: ServerPins | undefined): void {
  if (pins === undefined) return;
  for (const [rule, count] of pins.lint.byRule) {
    figures.lintFindings.set(count, endpoint, server, rule);
  }
  const { approvals } = pins.options;
  if (approvals === undefined) return;
  for (const [change, count] of Object.entries(pins.changes.counts)) {
    figures.pinDiffering.set(count, endpoint, server, change);
  }
  const isOther = pins.changes.count('server') > 0;
  const unusable = isOther || !approvals.usable || approvals.problem !== undefined;
  figures.pinUnusable.set(unusable ? 1 : 0, endpoint, server);
}

function collectList(runtime: Runtime, { name, catalogues }: Served, kind: ItemKind): void {
  const { endpoint } = runtime.config;
  const { prepared, ageMs } = catalogues[kind];
  if (ageMs === undefined) return;
  const refused = prepared.refused.length + runtime.collisionsOf(kind, name);
  figures.listAge.set(Math.round(ageMs / 1000), endpoint, name, kind);
  figures.listItems.set(prepared.items.length, endpoint, name, kind);
  figures.listRefused.set(refused, endpoint, name, kind);
}
