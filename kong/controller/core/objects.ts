import { apiVersion, group, managedLabel } from '../../../schema/kubernetes/group.js';
import type { Assembled, Served } from './gateway/assemble.js';
import { stateKey, writeLastGood } from './gateway/last-good.js';
import type { McpGateway, Members } from './resources.js';

/** An object that the controller writes, whole. */
export interface Desired extends Members {
  readonly apiVersion: string;
  readonly kind: 'KongPlugin' | 'Secret';
  readonly metadata: Members & { readonly namespace: string; readonly name: string };
}

/** On KongPlugins: the label of the configuration in them. */
export const labelAnnotation = `${group}/configuration`;
export const pluginApi = 'configuration.konghq.com/v1';

export const stateName = (gateway: string): string => `${gateway}-kong-mcp`;
export const pluginName = (gateway: string, plugin: string): string => `${gateway}-${plugin}`;

/** What a gateway is written down as: its state, and with an ingress controller its plugins. */
export function desiredObjects(
  { gateway, config }: Assembled,
  mode: 'resources' | 'address',
): readonly Desired[] {
  if (config === undefined) return [];
  const state = stateSecret(gateway, config);
  return mode === 'address' ? [state] : [state, ...plugins(gateway, config)];
}

function owned(gateway: McpGateway, name: string): Desired['metadata'] {
  const { namespace, name: owner, uid } = gateway.metadata;
  return {
    namespace,
    name,
    // Kong's ingress controller may be told to look at labelled Secrets alone.
    labels: { [managedLabel]: label(owner), 'konghq.com/secret': 'true' },
    ownerReferences: [{ apiVersion, kind: 'MCPGateway', name: owner, uid, controller: true }],
  };
}

/** A label has 63 characters at most; whoever reads it wants to know that it is ours. */
const label = (name: string): string => name.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '');

function stateSecret(gateway: McpGateway, { aggregate, oauth, state }: Served): Desired {
  const texts = {
    [stateKey]: writeLastGood(state),
    'mcp-aggregate': JSON.stringify(aggregate),
    ...(oauth === undefined ? {} : { 'mcp-oauth': JSON.stringify(oauth) }),
  };
  const data = Object.entries(texts).map(([key, text]) => [
    key,
    Buffer.from(text).toString('base64'),
  ]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: owned(gateway, stateName(gateway.metadata.name)),
    type: `${group}/state`,
    data: Object.fromEntries(data) as Members,
  };
}

function plugins(gateway: McpGateway, served: Served): Desired[] {
  const configs = { 'mcp-aggregate': served.aggregate, 'mcp-oauth': served.oauth };
  return Object.entries(configs).flatMap(([plugin, config]) => {
    if (config === undefined) return [];
    const { name } = gateway.metadata;
    const metadata = owned(gateway, pluginName(name, plugin));
    const secretKeyRef = { name: stateName(name), key: plugin };
    const value = served.secret ? { configFrom: { secretKeyRef } } : { config };
    return [
      {
        apiVersion: pluginApi,
        kind: 'KongPlugin' as const,
        metadata: { ...metadata, annotations: { [labelAnnotation]: served.label } },
        plugin,
        ...value,
      },
    ];
  });
}
