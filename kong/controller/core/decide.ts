import { assemble } from './gateway/assemble.js';
import { readLastGood } from './gateway/last-good.js';
import { selectServers } from './gateway/select-servers.js';
import { kongDocument } from './kong-document.js';
import type { KongDocument } from './kong-document.js';
import { stateName } from './objects.js';
import { planActions } from './plan.js';
import type { Action } from './actions.js';
import { byAge, keyOf } from './resources.js';
import { indexed } from './resolve/grants.js';
import { resolveServer } from './resolve/resolve-server.js';
import { indexOf } from './resolve/snapshot-index.js';
import { isHeld } from './facts.js';
import type { Decided, Facts } from './facts.js';
import type { Settings, Snapshot } from './snapshot.js';
import { statuses } from './statuses.js';

/** Everything that is to be done, from what is known. */
export interface Plan {
  /** In this order where one waits for another; by key, which no two share. */
  readonly actions: readonly Action[];
  /** What the Kong by address is to serve; absent in the other mode. */
  readonly document?: KongDocument;
}

/**
 * What to write, so that Kong serves what the resources say. The same snapshot gives the same plan,
 * whatever the order of its objects; one that is fulfilled gives none.
 */
export function decide(snapshot: Snapshot, settings: Settings): Plan {
  const index = indexOf(snapshot, settings);
  const states = indexed(snapshot.states);
  const servers = [...snapshot.servers].sort(byAge);
  const gateways = [...snapshot.gateways].sort(byAge);
  const live = gateways.filter(isHeld);
  const resolved = new Map(servers.map((server) => [keyOf(server), resolveServer(server, index)]));
  const decided = live.map((gateway): Decided => {
    const selection = selectServers(gateway, servers, snapshot.grants);
    const { namespace, name } = gateway.metadata;
    const last = readLastGood(states.get(`${namespace}/${stateName(name)}`));
    const assembled = assemble(gateway, selection.servers, resolved, last, index);
    return { selection, assembled };
  });
  const document =
    settings.mode === 'address'
      ? kongDocument(
          decided.map(({ assembled }) => assembled),
          settings.base,
        )
      : undefined;
  const facts: Facts = { snapshot, settings, index, servers, gateways, decided, document };
  const actions = [...planActions(facts), ...statuses(facts)];
  return { actions, ...(document === undefined ? {} : { document }) };
}
