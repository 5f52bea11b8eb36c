import type { Action, StatusAction } from './actions.js';
import { isHeld } from './facts.js';
import type { Facts } from './facts.js';
import { readLastGood } from './gateway/last-good.js';
import { referenceTo } from './gateway/select-servers.js';
import { entryOf } from './kong-document.js';
import { stateName } from './objects.js';
import { keyOf } from './resources.js';
import type { McpGateway, McpServer, ServerStatus, GatewayStatus } from './resources.js';
import { grantAdvice, indexed } from './resolve/grants.js';
import { unresolved } from './resolve/problem.js';
import type { Problem } from './resolve/problem.js';
import { missingRoute } from './routes.js';
import type { SeenEndpoint, Snapshot } from './snapshot.js';
import { eventsOf, sameStatus } from './status/conditions.js';
import { gatewayStatus } from './status/gateway-status.js';
import { programmed } from './status/programmed.js';
import { serverStatus } from './status/server-status.js';
import type { AtGateway } from './status/server-status.js';

/** Statuses that say something new. */
export function statuses(facts: Facts): readonly Action[] {
  const { snapshot, servers, decided, settings, index } = facts;
  const at = placesOf(facts);
  // A gateway that is about to be held may select what nobody else does.
  const coming = facts.gateways.some(
    (one) => !isHeld(one) && one.metadata.deletionTimestamp === undefined,
  );
  const ofServers = servers.flatMap((server) => {
    const places = at.get(keyOf(server)) ?? [];
    if (places.length === 0 && coming) return [];
    const status = serverStatus(server, places, unpermitted(facts, server), snapshot.now);
    return changed('MCPServer', server, status);
  });
  const ofGateways = decided.flatMap(({ assembled }) => {
    const routes =
      settings.mode === 'resources' ? missingRoute(assembled.gateway, index) : undefined;
    const status = gatewayStatus(
      assembled,
      programmed(assembled, snapshot, settings),
      seenAt(snapshot, assembled.gateway, assembled.config?.label),
      routes,
      snapshot.now,
    );
    return changed('MCPGateway', assembled.gateway, status);
  });
  return [...ofServers, ...ofGateways];
}

/** What the newest configuration does, or the one before it as long as that is not seen. */
function seenAt(
  { seen }: Snapshot,
  gateway: McpGateway,
  label: string | undefined,
): SeenEndpoint | undefined {
  return (label === undefined ? undefined : seen.get(label)) ?? seen.get(keyOf(gateway));
}

function placesOf({ snapshot, decided, settings }: Facts): ReadonlyMap<string, AtGateway[]> {
  const states = indexed(snapshot.states);
  const at = new Map<string, AtGateway[]>();
  for (const { assembled } of decided) {
    const { gateway, config, verdicts } = assembled;
    const { namespace, name } = gateway.metadata;
    const key = keyOf(gateway);
    const state = readLastGood(states.get(`${namespace}/${stateName(name)}`));
    const entries =
      settings.mode === 'address'
        ? (snapshot.address?.entries ?? new Set())
        : new Set(state.servers.map((one) => entryOf(key, one)));
    const ofAll = programmed(assembled, snapshot, settings);
    const seen = seenAt(snapshot, gateway, config?.label);
    for (const verdict of verdicts) {
      const written = verdict.served.every((one) => entries.has(entryOf(key, one)));
      const own = { namespace, name, verdict, written, programmed: ofAll, seen };
      const places = at.get(keyOf(verdict.server));
      if (places === undefined) at.set(keyOf(verdict.server), [own]);
      else places.push(own);
    }
  }
  return at;
}

function unpermitted({ decided }: Facts, server: McpServer): Problem | undefined {
  const refused = decided.find(({ selection }) => selection.unpermitted.includes(server));
  if (refused === undefined) return undefined;
  return unresolved('RefNotPermitted', grantAdvice(referenceTo(refused.assembled.gateway, server)));
}

function changed(
  kind: StatusAction['kind'],
  object: McpServer | McpGateway,
  status: ServerStatus | GatewayStatus,
): readonly StatusAction[] {
  if (sameStatus(object.status, status)) return [];
  const events = eventsOf(object.status?.conditions ?? [], status.conditions ?? []);
  return [{ type: 'status', key: `status ${kind} ${keyOf(object)}`, kind, object, status, events }];
}
