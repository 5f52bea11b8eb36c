import { Catalogue } from '../../../plugins/mcp-aggregate/core/lists/catalogue.js';
import type { CatalogueEvent } from '../../../plugins/mcp-aggregate/core/lists/catalogue.js';
import { EndpointItems } from '../../../plugins/mcp-aggregate/core/lists/endpoint-items.js';
import type { Exposure } from '../../../plugins/mcp-aggregate/core/items/exposure.js';
import { allKinds, perKind } from '../../../plugins/mcp-aggregate/core/items/item-kinds.js';
import type { ItemList, PageRequest } from '../../../plugins/mcp-aggregate/core/lists/item-list.js';
import type { AccessRules } from '../../../plugins/mcp-aggregate/core/policy/policy.js';
import type { Served } from '../../../plugins/mcp-aggregate/core/items/served.js';
import { UriSpace } from '../../../plugins/mcp-aggregate/core/uris/uri-space.js';
import { readPolicy } from '../../../lib/policy/read-policy.js';
import type { FakeUpstream } from './fake-upstream.js';
import { anyForm } from './any-form.js';
import { ManualClock } from './manual-clock.js';

export interface ServedSpec {
  readonly upstream: FakeUpstream;
  readonly exposure: Exposure;
  readonly prefix: string;
}

const { policy, expand } = readPolicy({});
const access: AccessRules = { policy, expandScopes: expand, hidesUnauthorized: false };

/** The items of an endpoint over servers in this process, on a clock of their own. */
export function endpointOf(
  specs: readonly ServedSpec[],
  options: {
    readonly listTimeoutMs?: number;
    readonly pageSize?: number;
    readonly access?: AccessRules;
    readonly uris?: UriSpace;
  } = {},
) {
  const clock = new ManualClock();
  const collisions: string[] = [];
  const events: CatalogueEvent[] = [];
  const servers = specs.map(({ upstream, exposure, prefix }): Served => {
    const catalogueOf = (kind: (typeof allKinds)[number]) =>
      new Catalogue({
        kind,
        exposure,
        ttlMs: 60_000,
        clock,
        lifetime: new AbortController().signal,
        list: () => upstream.list(kind),
        checkForms: anyForm,
        onEvent: (event) => events.push(event),
      });
    return {
      name: upstream.name,
      prefix,
      trusted: true,
      upstream,
      exposure,
      catalogues: perKind(catalogueOf),
    };
  });
  const uris =
    options.uris ?? new UriSpace(servers.map(({ name }) => ({ name, plainUris: false })));
  const items = new EndpointItems(servers, uris, {
    clock,
    listTimeoutMs: 5000,
    pageSize: 500,
    access,
    onCollision: ({ name }) => collisions.push(name),
    ...options,
  });
  const load = async () => {
    for (const { catalogues } of servers) {
      for (const kind of allKinds) catalogues[kind].refreshIfDue();
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, items, servers, load, collisions, events };
}

/** One page as nobody in particular sees it; its cursor is the position in plain text. */
export function pageOf(list: ItemList, request: Partial<PageRequest> = {}): Promise<Buffer> {
  return list.page({
    from: undefined,
    cursorOf: ({ generation, offset }) => `${generation} ${offset}`,
    subject: { claims: {}, granted: new Set() },
    ...request,
  });
}
