import type { Structural } from './field-schema.js';

/** Fields that Kong's schema does not have: where things stand in a cluster. */

const name = (what: string): Structural => ({
  type: 'string',
  minLength: 1,
  maxLength: 253,
  description: what,
});

const namespace: Structural = {
  type: 'string',
  minLength: 1,
  maxLength: 63,
  description:
    'Namespace of it, default that of this resource; another one has to consent by a ReferenceGrant.',
};

const text = (description: string, more: Structural = {}): Structural => ({
  type: 'string',
  minLength: 1,
  maxLength: 253,
  description,
  ...more,
});

const gatewayGroup = 'gateway.networking.k8s.io';

export const targetRef: Structural = {
  type: 'object',
  description:
    'What in the cluster the server is: a Service, or an HTTPRoute, whose one backend Service then is it.',
  required: ['kind', 'name'],
  properties: {
    group: text('API group: empty for a Service, `gateway.networking.k8s.io` for an HTTPRoute.', {
      minLength: 0,
      enum: ['', gatewayGroup],
    }),
    kind: text('Kind of it.', { enum: ['Service', 'HTTPRoute'] }),
    name: name('Name of it.'),
    namespace,
    port: {
      type: 'integer',
      minimum: 1,
      maximum: 65535,
      description:
        'Port of the Service. Needed where it has several; for an HTTPRoute that of its backend counts.',
    },
  },
  'x-kubernetes-validations': [
    {
      rule: `!has(self.group) || (self.kind == 'Service') == (self.group == '')`,
      message: `group is '' for a Service and ${gatewayGroup} for an HTTPRoute`,
    },
  ],
};

export const targetRefs: Structural = {
  type: 'array',
  minItems: 1,
  maxItems: 16,
  description:
    'Several HTTPRoutes, each a server of its own named after its route: the form of older MCPServer resources.',
  items: {
    type: 'object',
    description: 'One HTTPRoute.',
    required: ['kind', 'name'],
    properties: {
      group: text('API group.', { enum: [gatewayGroup] }),
      kind: text('Kind of it.', { enum: ['HTTPRoute'] }),
      name: name('Name of it, and of the server.'),
      namespace,
      toolPrefix: {
        type: 'string',
        maxLength: 64,
        pattern: '^[A-Za-z0-9_.-]*$',
        description: '`prefix` of this server.',
      },
    },
  },
};

const keyRef = (what: string, key: Structural): Structural => ({
  type: 'object',
  description: `${what} The Secret is in the namespace of this resource and has the label \`kong-mcp.dev/credential: "true"\`.`,
  required: ['name'],
  properties: { name: name('Name of the Secret.'), key },
});

export const path: Structural = text(
  'Path of the MCP endpoint at `targetRef` or `targetRefs`. Default: "/mcp".',
  { pattern: '^/[^ #]*$', maxLength: 1024 },
);

export const credentialRef: Structural = {
  ...keyRef('A credential that the server is sent with each request.', {
    ...text('Key in the Secret. Default: "token".'),
  }),
  properties: {
    name: name('Name of the Secret.'),
    key: text('Key in the Secret. Default: "token".'),
    header: text('Header that carries it. Default: "Authorization".', {
      pattern: '^[A-Za-z0-9-]+$',
    }),
    scheme: text('Put before it with a space, `Bearer` for instance; nothing by default.', {
      pattern: '^[A-Za-z0-9-]+$',
      maxLength: 32,
    }),
  },
};

export const caCertSecretRef = keyRef(
  'Certificates of further authorities in PEM: `ca_certificates` out of a Secret.',
  text('Key in the Secret. Default: "ca.crt".'),
);

export const clientCertificateRef = keyRef(
  'Certificate and key shown to the server: `client_certificate` and `client_key` out of `tls.crt` and `tls.key` of a Secret.',
  text('Key of the certificate. Default: "tls.crt".'),
);

/** @param paths which fields may be given, in words */
export const valuesFrom = (paths: string): Structural => ({
  type: 'array',
  maxItems: 32,
  description: 'Values of fields out of Secrets.',
  items: {
    type: 'object',
    description: 'One value.',
    required: ['path', 'secretKeyRef'],
    properties: {
      path: text(`Which field: names joined by dots, ${paths}.`, {
        pattern: '^[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+)*$',
      }),
      secretKeyRef: {
        ...keyRef('Where its value is.', text('Key in the Secret.')),
        required: ['name', 'key'],
      },
    },
  },
});

const labels: Structural = {
  type: 'object',
  maxProperties: 64,
  description: 'Labels that it has, all of them.',
  additionalProperties: { type: 'string', maxLength: 63 },
};

export const serverSelection: Structural = {
  type: 'object',
  description: 'Which MCPServers are served. Default: all of the namespace of this resource.',
  properties: {
    selector: {
      type: 'object',
      description: 'By label; all where it is empty.',
      properties: {
        matchLabels: labels,
        matchExpressions: {
          type: 'array',
          maxItems: 16,
          description: 'What labels have to fit, all of it.',
          items: {
            type: 'object',
            description: 'One condition.',
            required: ['key', 'operator'],
            properties: {
              key: text('Name of the label.', { maxLength: 317 }),
              operator: text('How it is compared.', {
                enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
              }),
              values: {
                type: 'array',
                maxItems: 64,
                description: 'Values to compare with.',
                items: { type: 'string', maxLength: 63 },
              },
            },
          },
        },
      },
    },
    namespaces: {
      type: 'object',
      description:
        'Where they are. Those of another namespace are served where a ReferenceGrant there lets this resource refer to MCPServers.',
      properties: {
        from: text('Default: "Same".', { enum: ['Same', 'Selected', 'All'] }),
        names: {
          type: 'array',
          maxItems: 256,
          description: 'The namespaces of `Selected`.',
          items: { type: 'string', minLength: 1, maxLength: 63 },
        },
      },
      'x-kubernetes-validations': [
        {
          rule: `(has(self.from) && self.from == 'Selected') == has(self.names)`,
          message: '`names` go with `from: Selected`',
        },
      ],
    },
  },
};

export const routeRefs: Structural = {
  type: 'array',
  maxItems: 8,
  description:
    'Routes of this namespace that get the plugins, by the annotation `konghq.com/plugins`: for clusters with Kong’s ingress controller.',
  items: {
    type: 'object',
    description: 'One route.',
    required: ['kind', 'name'],
    properties: {
      group: text('API group.', { enum: [gatewayGroup, 'networking.k8s.io'] }),
      kind: text('Kind of it.', { enum: ['HTTPRoute', 'Ingress'] }),
      name: name('Name of it.'),
    },
  },
};

export const gatewayPath: Structural = text(
  'Path of the endpoint, where the controller writes the route: for a Kong by address. Default: "/mcp".',
  { pattern: '^/[A-Za-z0-9/._~-]*$', maxLength: 1024 },
);

export const hosts: Structural = {
  type: 'array',
  maxItems: 64,
  description: 'Hosts of that route; any where it is empty.',
  items: text('A host name.'),
};
