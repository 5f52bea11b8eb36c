import { named } from '../fields.js';
import type { Fields } from '../fields.js';
import { aggregateChecks, aggregateFields, serverFields } from '../mcp-aggregate.js';
import { oauthFields } from '../mcp-oauth.js';
import { oauthChecks } from '../oauth/oauth-checks.js';
import { serverChecks } from '../servers/server-checks.js';
import { exactlyOne } from './cel-rules.js';
import { recordSchema } from './field-schema.js';
import type { Structural } from './field-schema.js';
import { group, version } from './group.js';
import * as own from './own-fields.js';
import { gatewayStatus, serverStatus } from './status-fields.js';

/** What of a server of Kong's configuration has no place here: see docs/kubernetes.md. */
const notInCluster = [
  'route',
  'stdio',
  'stdio_scope',
  'stdio_max_children',
  'direct',
  'direct_upstream',
];
const notOfGateway = ['mode', 'servers', 'label'];

const without = (fields: Fields, names: readonly string[]) =>
  named(Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name))));

/** Fields of an MCPServer that are those of `servers[]`. */
export const serverSpecFields = without(serverFields, notInCluster);
const aggregateSpecFields = without(aggregateFields, notOfGateway);

function serverSpec(): Structural {
  const record = recordSchema(serverSpecFields, serverChecks);
  const { name, ...properties } = record['properties'] as Record<string, Structural>;
  const rules = (record['x-kubernetes-validations'] ?? []) as object[];
  return {
    type: 'object',
    description: 'One MCP server, or several by `targetRefs`.',
    properties: {
      targetRef: own.targetRef,
      targetRefs: own.targetRefs,
      path: own.path,
      name: {
        ...name,
        description: `${String(name?.['description'])} Default: that of this resource.`,
      },
      ...properties,
      credentialRef: own.credentialRef,
      caCertSecretRef: own.caCertSecretRef,
      clientCertificateRef: own.clientCertificateRef,
      valuesFrom: own.valuesFrom('`auth.client_credentials.client_secret` or `headers.X-Api-Key`'),
    },
    'x-kubernetes-validations': [
      exactlyOne(['targetRef', 'targetRefs', 'url']),
      {
        rule: '!has(self.targetRefs) || !(has(self.name) || has(self.prefix))',
        message: 'with `targetRefs`, names and prefixes are those of its entries',
      },
      {
        rule: '!has(self.path) || !has(self.url)',
        message: '`path` is for `targetRef`: a `url` has its own',
      },
      ...rules,
    ],
  };
}

function gatewaySpec(): Structural {
  return {
    type: 'object',
    description: 'One MCP endpoint over the servers that it selects.',
    properties: {
      servers: own.serverSelection,
      routeRefs: own.routeRefs,
      path: own.gatewayPath,
      hosts: own.hosts,
      aggregate: {
        description: 'Configuration of mcp-aggregate, but for its servers.',
        ...recordSchema(aggregateSpecFields, aggregateChecks),
      },
      oauth: {
        description: 'Configuration of mcp-oauth, in front of it; left out without it.',
        ...recordSchema(named(oauthFields), oauthChecks),
      },
      valuesFrom: own.valuesFrom('`oauth.client_secret` or `aggregate.redis.password`'),
    },
  };
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

const ready: Column = {
  name: 'Ready',
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=="Ready")].status`,
};
const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
const reason: Column = {
  name: 'Reason',
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=="Ready")].reason`,
  priority: 1,
};

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly description: string;
  readonly spec: Structural;
  readonly status: Structural;
  readonly columns: readonly Column[];
}

/** Our resources. */
export const kinds: readonly Kind[] = [
  {
    kind: 'MCPServer',
    plural: 'mcpservers',
    description: 'An MCP server, or a REST API shown as one, that MCPGateways serve.',
    spec: serverSpec(),
    status: serverStatus,
    columns: [
      ready,
      { name: 'Tools', type: 'integer', jsonPath: '.status.tools.count' },
      { name: 'Era', type: 'string', jsonPath: '.status.era' },
      reason,
      age,
    ],
  },
  {
    kind: 'MCPGateway',
    plural: 'mcpgateways',
    description: 'An MCP endpoint of Kong: MCPServers behind one address.',
    spec: gatewaySpec(),
    status: gatewayStatus,
    columns: [
      ready,
      { name: 'Servers', type: 'integer', jsonPath: '.status.servers.served' },
      { name: 'Tools', type: 'integer', jsonPath: '.status.tools' },
      reason,
      age,
    ],
  },
];

/** A CustomResourceDefinition (apiextensions.k8s.io/v1). */
export function customResourceDefinition(one: Kind): Structural {
  const { kind, plural, description, spec, status, columns } = one;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind,
        plural,
        singular: kind.toLowerCase(),
        listKind: `${kind}List`,
        categories: ['kong-mcp'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description,
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec,
                status,
              },
            },
          },
        },
      ],
    },
  };
}
