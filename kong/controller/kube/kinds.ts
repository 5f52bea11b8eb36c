import { apiVersion, credentialLabel, managedLabel } from '../../../schema/kubernetes/group.js';
import { pluginApi } from '../core/objects.js';

/** A kind of objects at the API server. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** What of them is watched; all where it is absent. */
  readonly labelSelector?: string;
  /** Whether a cluster may lack it. */
  readonly optional?: boolean;
}

/** Kinds that are watched, by the name of their store. */
export const watched = {
  servers: { apiVersion, kind: 'MCPServer', plural: 'mcpservers' },
  gateways: { apiVersion, kind: 'MCPGateway', plural: 'mcpgateways' },
  secrets: {
    apiVersion: 'v1',
    kind: 'Secret',
    plural: 'secrets',
    labelSelector: `${credentialLabel}=true`,
  },
  states: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', labelSelector: managedLabel },
  services: { apiVersion: 'v1', kind: 'Service', plural: 'services' },
  httpRoutes: {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    plural: 'httproutes',
    optional: true,
  },
  ingresses: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', plural: 'ingresses' },
  grants: {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    plural: 'referencegrants',
    optional: true,
  },
  plugins: {
    apiVersion: pluginApi,
    kind: 'KongPlugin',
    plural: 'kongplugins',
    labelSelector: managedLabel,
    optional: true,
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type StoreName = keyof typeof watched;

/** Path of a kind, in one namespace or in all; of one object where a name is given. */
export function pathOf(
  { apiVersion: version, plural }: Pick<Kind, 'apiVersion' | 'plural'>,
  namespace?: string,
  name?: string,
): string {
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  const home = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const one = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${home}/${plural}${one}`;
}
