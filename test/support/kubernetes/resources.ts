import { credentialLabel, finalizer } from '../../../schema/kubernetes/group.js';
import type {
  GatewaySpec,
  HttpRoute,
  McpGateway,
  McpServer,
  Members,
  ReferenceGrant,
  Secret,
  ServerSpec,
  Service,
} from '../../../kong/controller/core/resources.js';
import type { Snapshot } from '../../../kong/controller/core/snapshot.js';

/** Objects as the API server has them, held by the controller already. */

interface Place {
  readonly namespace?: string;
  readonly name: string;
  /** Older where it is less. */
  readonly age?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
  readonly held?: boolean;
}

const metadata = (place: Place) => {
  const { namespace = 'tools', name, age = 0, labels, deleted, held = true } = place;
  return {
    namespace,
    name,
    uid: `uid-${namespace}-${name}`,
    generation: 1,
    resourceVersion: '1',
    creationTimestamp: new Date(Date.UTC(2026, 0, 1) + age * 1000).toISOString(),
    ...(labels ? { labels } : {}),
    ...(deleted ? { deletionTimestamp: '2026-02-01T00:00:00Z' } : {}),
    ...(held ? { finalizers: [finalizer] } : {}),
  };
};

export const server = (place: Place, spec: ServerSpec = {}): McpServer => ({
  metadata: metadata(place),
  spec: Object.keys(spec).some((key) => ['url', 'targetRef', 'targetRefs'].includes(key))
    ? spec
    : { url: `http://${place.name}.example/mcp`, ...spec },
});

export const gateway = (place: Partial<Place> = {}, spec: GatewaySpec = {}): McpGateway => ({
  metadata: metadata({ name: 'main', ...place }),
  spec: { aggregate: { anonymous: true }, ...spec },
});

export const secret = (
  name: string,
  data: Readonly<Record<string, string>>,
  namespace = 'tools',
): Secret => ({
  metadata: metadata({ namespace, name, labels: { [credentialLabel]: 'true' }, held: false }),
  data: Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  ),
});

export const service = (
  name: string,
  ports: Service['spec']['ports'] = [{ port: 80 }],
  namespace = 'tools',
): Service => ({
  metadata: metadata({ namespace, name, held: false }),
  spec: { ports },
});

export const httpRoute = (
  name: string,
  backends: readonly { name: string; port?: number; namespace?: string }[],
  more: { namespace?: string; annotations?: Readonly<Record<string, string>> } = {},
): HttpRoute => ({
  metadata: {
    ...metadata({ namespace: more.namespace ?? 'tools', name, held: false }),
    ...(more.annotations ? { annotations: more.annotations } : {}),
  },
  spec: { rules: [{ backendRefs: backends }] },
});

export const grant = (
  from: { kind: string; namespace: string; group?: string },
  to: { kind: string; namespace: string; group?: string; name?: string },
): ReferenceGrant => ({
  metadata: metadata({
    namespace: to.namespace,
    name: `grant-${from.kind}-${to.kind}`,
    held: false,
  }),
  spec: {
    from: [{ group: from.group ?? 'kong-mcp.dev', kind: from.kind, namespace: from.namespace }],
    to: [
      { group: to.group ?? 'kong-mcp.dev', kind: to.kind, ...(to.name ? { name: to.name } : {}) },
    ],
  },
});

export const snapshot = (some: Partial<Snapshot>): Snapshot => ({
  servers: [],
  gateways: [gateway()],
  secrets: [],
  states: [],
  services: [],
  httpRoutes: [],
  ingresses: [],
  grants: [],
  plugins: [],
  seen: new Map(),
  now: '2026-03-01T00:00:00Z',
  ...some,
});

export const conditionOf = (
  status: { readonly conditions?: readonly { type: string }[] } | undefined,
  type: string,
): Members | undefined => status?.conditions?.find((one) => one.type === type);
