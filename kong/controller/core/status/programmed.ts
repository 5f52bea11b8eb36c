import { labelAnnotation, pluginName } from '../objects.js';
import { isMembers } from '../members.js';
import type { Assembled } from '../gateway/assemble.js';
import type { PlainObject, SeenEndpoint, Settings, Snapshot } from '../snapshot.js';
import { verdict } from './conditions.js';
import type { Verdict } from './conditions.js';

const pending = (message: string): Verdict => verdict('Programmed', 'Unknown', 'Pending', message);

/** Whether Kong has what a gateway is to serve. */
export function programmed(one: Assembled, snapshot: Snapshot, settings: Settings): Verdict {
  const { config } = one;
  if (config === undefined) {
    const message =
      'there has never been a configuration that could be served: see the other conditions';
    return verdict('Programmed', 'False', 'NothingToServe', message);
  }
  const seen = snapshot.seen.get(config.label);
  if (seen?.refused !== undefined) {
    return verdict('Programmed', 'False', 'Refused', `the plugin refuses it: ${seen.refused}`);
  }
  return settings.mode === 'address'
    ? byAddress(config.label, snapshot)
    : byResources(one, config.label, snapshot, seen);
}

function byAddress(label: string, { address }: Snapshot): Verdict {
  if (address?.labels.has(label) === true) {
    return verdict('Programmed', 'True', 'Programmed', 'Kong has taken the configuration');
  }
  if (address?.error !== undefined) {
    const message = `Kong does not take the configuration, and keeps the last: ${address.error}`;
    return verdict('Programmed', 'False', 'NotTaken', message);
  }
  return pending('the configuration is on its way to Kong');
}

function byResources(
  { gateway, config }: Assembled,
  label: string,
  { plugins }: Snapshot,
  seen: SeenEndpoint | undefined,
): Verdict {
  const { namespace, name } = gateway.metadata;
  const routes = gateway.spec.routeRefs ?? [];
  if (routes.length === 0) {
    const message = 'no route has the plugins: name one in spec.routeRefs, or annotate it yourself';
    if (seen === undefined) return verdict('Programmed', 'Unknown', 'NoRoute', message);
  }
  const wanted = ['mcp-aggregate', ...(config?.oauth === undefined ? [] : ['mcp-oauth'])];
  const written = wanted.map((plugin) =>
    plugins.find(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.name === pluginName(name, plugin),
    ),
  );
  if (written.some((plugin) => plugin?.metadata.annotations?.[labelAnnotation] !== label)) {
    return pending('the KongPlugins are being written');
  }
  if (seen !== undefined && seen.running > 0) {
    return verdict('Programmed', 'True', 'Programmed', 'plugin servers run the configuration');
  }
  const said = written.map(conditionOf).find((one) => one !== undefined);
  if (said?.['status'] === 'True') {
    return verdict('Programmed', 'True', 'Programmed', 'Kong’s ingress controller has taken it');
  }
  if (said?.['status'] === 'False') {
    const message = `Kong’s ingress controller does not take it: ${String(said['message'])}`;
    return verdict('Programmed', 'False', 'NotTaken', message);
  }
  return pending('Kong’s ingress controller has not said that it has taken the KongPlugins');
}

function conditionOf(plugin: PlainObject | undefined) {
  const status = plugin?.['status'];
  const all = isMembers(status) ? status['conditions'] : undefined;
  if (!Array.isArray(all)) return undefined;
  return all.filter(isMembers).find((one) => one['type'] === 'Programmed');
}
