import { finalizer } from '../../../schema/kubernetes/group.js';
import type { Action } from './actions.js';
import type { Facts } from './facts.js';
import { isHeld } from './facts.js';
import { holds, surplus } from './members.js';
import { desiredObjects, stateName } from './objects.js';
import type { Desired } from './objects.js';
import { keyOf } from './resources.js';
import type { KubeObject, McpGateway } from './resources.js';
import { indexed } from './resolve/grants.js';
import { pluginsAnnotation, routeChanges } from './routes.js';
import { mayLeave } from './may-leave.js';

/** Every write but those of statuses. */
export function planActions(facts: Facts): readonly Action[] {
  const desired = facts.decided.flatMap(({ assembled }) =>
    desiredObjects(assembled, facts.settings.mode),
  );
  return [
    ...holding(facts),
    ...applies(facts, desired),
    ...annotations(facts),
    ...deletions(facts, desired),
    ...releases(facts),
  ];
}

const keyed = (kind: string, object: KubeObject): string => `${kind} ${keyOf(object)}`;

/** What is going to be served gets the finalizer first. */
function holding({ gateways, decided }: Facts): Action[] {
  const selected = new Set(decided.flatMap(({ selection }) => selection.servers));
  const all = [
    ...gateways.map((object) => ({ kind: 'MCPGateway' as const, object })),
    ...[...selected].map((object) => ({ kind: 'MCPServer' as const, object })),
  ];
  return all.flatMap(({ kind, object }): Action[] => {
    const { finalizers = [], deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined || finalizers.includes(finalizer)) return [];
    const key = `hold ${keyed(kind, object)}`;
    return [{ type: 'hold', key, kind, object, finalizers: [...finalizers, finalizer] }];
  });
}

/** Objects that are not there as they should be. A plugin that points at a Secret waits for it. */
function applies({ snapshot }: Facts, desired: readonly Desired[]): Action[] {
  const [secrets, plugins] = [indexed(snapshot.states), indexed(snapshot.plugins)];
  const actualOf = ({ kind, metadata }: Desired) =>
    (kind === 'Secret' ? secrets : plugins).get(`${metadata.namespace}/${metadata.name}`);
  const isThere = (object: Desired): boolean =>
    holds(actualOf(object), object) && !extra(actualOf(object), object);
  const unready = new Set(
    desired
      .filter((one) => one.kind === 'Secret' && !isThere(one))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  );
  return desired.flatMap((object): Action[] => {
    if (isThere(object)) return [];
    const source = (object['configFrom'] as { secretKeyRef: { name: string } } | undefined)
      ?.secretKeyRef;
    if (source && unready.has(`${object.metadata.namespace}/${source.name}`)) return [];
    const key = `apply ${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
    return [{ type: 'apply', key, object, strip: extra(actualOf(object), object) }];
  });
}

/** What stands in a configuration, or a Secret of ours, and is not from us. */
function extra(actual: KubeObject | undefined, object: Desired) {
  if (actual === undefined) return undefined;
  const own = actual as unknown as Record<string, unknown>;
  const parts = [
    'config',
    'configFrom',
    'configPatches',
    'data',
    'disabled',
    'run_on',
    'protocols',
    'consumerRef',
  ];
  const [has, wants] = [own, object as Record<string, unknown>].map((from) =>
    Object.fromEntries(
      parts.flatMap((part) => (from[part] === undefined ? [] : [[part, from[part]]])),
    ),
  );
  return surplus(has, wants);
}

/** Only plugins that are there are put on a route. */
function annotations({ snapshot, decided, gateways, index, settings }: Facts): Action[] {
  if (settings.mode === 'address') return [];
  const there = new Set(snapshot.plugins.map(keyOf));
  const gone = gateways.filter((gateway) => !isHeld(gateway));
  const assembled = decided.map((one) => one.assembled);
  return routeChanges(assembled, gone, index).flatMap((change): Action[] => {
    const { namespace } = change.route.metadata;
    const before = (change.route.metadata.annotations?.[pluginsAnnotation] ?? '')
      .split(',')
      .map((one) => one.trim());
    const added = (change.annotation ?? '')
      .split(',')
      .filter((one) => one && !before.includes(one));
    if (!added.every((one) => there.has(`${namespace}/${one}`))) return [];
    return [{ type: 'annotate', key: `annotate ${keyed(change.kind, change.route)}`, change }];
  });
}

/** What no gateway wants any more, and no route names. */
function deletions(
  { snapshot, index, gateways, settings }: Facts,
  desired: readonly Desired[],
): Action[] {
  const wanted = new Set(
    desired.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`),
  );
  // A gateway that is not held yet, or whose configuration has never been good, has nothing to lose.
  const named = new Set(
    [...index.httpRoutes.values(), ...index.ingresses.values()].flatMap(({ metadata }) =>
      (metadata.annotations?.[pluginsAnnotation] ?? '')
        .split(',')
        .map((one) => `${metadata.namespace}/${one.trim()}`),
    ),
  );
  const unwanted = snapshot.plugins.filter((one) => !wanted.has(keyed('KongPlugin', one)));
  const left = new Set(unwanted.map(({ metadata }) => metadata.namespace));
  const plugins = unwanted.filter((one) => !named.has(keyOf(one)) || settings.mode === 'address');
  const states = snapshot.states.filter(
    (one) =>
      !wanted.has(keyed('Secret', one)) &&
      !left.has(one.metadata.namespace) &&
      !gateways.some((gateway) => isHeld(gateway) && owns(gateway, one)),
  );
  const all = [
    ...plugins.map((object) => ({ kind: 'KongPlugin' as const, object })),
    ...states.map((object) => ({ kind: 'Secret' as const, object })),
  ];
  return all
    .filter(({ object }) => object.metadata.deletionTimestamp === undefined)
    .map(({ kind, object }) => ({
      type: 'delete',
      key: `delete ${keyed(kind, object)}`,
      kind,
      object,
    }));
}

const owns = (gateway: McpGateway, { metadata }: KubeObject): boolean =>
  metadata.namespace === gateway.metadata.namespace &&
  metadata.name === stateName(gateway.metadata.name);

/** Deleted resources whose traces are gone. */
function releases(facts: Facts): Action[] {
  const all = [
    ...facts.servers.map((object) => ({ kind: 'MCPServer' as const, object })),
    ...facts.gateways.map((object) => ({ kind: 'MCPGateway' as const, object })),
  ];
  return all.flatMap(({ kind, object }): Action[] => {
    const { finalizers = [], deletionTimestamp } = object.metadata;
    if (deletionTimestamp === undefined || !finalizers.includes(finalizer)) return [];
    if (!mayLeave(kind, object, facts)) return [];
    const rest = finalizers.filter((one) => one !== finalizer);
    return [{ type: 'hold', key: `hold ${keyed(kind, object)}`, kind, object, finalizers: rest }];
  });
}
