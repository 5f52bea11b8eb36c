import type { Facts } from './facts.js';
import { readLastGood } from './gateway/last-good.js';
import { labelAnnotation, pluginName, stateName } from './objects.js';
import type { KubeObject } from './resources.js';
import { pluginsAnnotation } from './routes.js';

/** Whether nothing that a deleted resource has made is left, so that it may vanish. */
export function mayLeave(
  kind: 'MCPServer' | 'MCPGateway',
  object: KubeObject,
  facts: Facts,
): boolean {
  const { mode } = facts.settings;
  const written = facts.snapshot.states.some((state) =>
    readLastGood(state).servers.some(({ owner }) => owner === object.metadata.uid),
  );
  if (kind === 'MCPServer') {
    return !written && (mode === 'address' ? isTaken(facts) : arePluginsCurrent(facts));
  }
  return !hasTraces(object, facts) && (mode === 'resources' || isTaken(facts));
}

/** The Kong by address has taken what it is to serve now. */
function isTaken({ document, snapshot }: Facts): boolean {
  return document !== undefined && snapshot.address?.digest === document.digest;
}

function arePluginsCurrent({ decided, snapshot }: Facts): boolean {
  return decided.every(({ assembled: { gateway, config } }) => {
    if (config === undefined) return true;
    const { namespace, name } = gateway.metadata;
    const plugin = snapshot.plugins.find(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.name === pluginName(name, 'mcp-aggregate'),
    );
    return plugin?.metadata.annotations?.[labelAnnotation] === config.label;
  });
}

function hasTraces({ metadata }: KubeObject, { snapshot, index, settings }: Facts): boolean {
  const { namespace, name } = metadata;
  const names = ['mcp-oauth', 'mcp-aggregate'].map((plugin) => pluginName(name, plugin));
  const isOurs = (one: KubeObject, own: readonly string[]) =>
    one.metadata.namespace === namespace && own.includes(one.metadata.name);
  if (snapshot.states.some((one) => isOurs(one, [stateName(name)]))) return true;
  if (settings.mode === 'address') return false;
  const routes = [...index.httpRoutes.values(), ...index.ingresses.values()];
  const annotated = routes.some(
    (route) =>
      route.metadata.namespace === namespace &&
      (route.metadata.annotations?.[pluginsAnnotation] ?? '')
        .split(',')
        .some((one) => names.includes(one.trim())),
  );
  return annotated || snapshot.plugins.some((one) => isOurs(one, names));
}
