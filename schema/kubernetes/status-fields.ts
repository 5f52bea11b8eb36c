import type { Structural } from './field-schema.js';

const text = (description: string, more: Structural = {}): Structural => ({
  type: 'string',
  description,
  ...more,
});
const count = (description: string): Structural => ({ type: 'integer', description });

export const conditions: Structural = {
  type: 'array',
  description: '`Accepted`, `ResolvedRefs`, `Programmed` and `Ready`.',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: {
    type: 'object',
    description: 'One condition.',
    required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
    properties: {
      type: text('Which condition.', { maxLength: 316 }),
      status: text('Whether it holds.', { enum: ['True', 'False', 'Unknown'] }),
      reason: text('Why, in one word.', { maxLength: 1024, pattern: '^[A-Za-z]+$' }),
      message: text('Why, and what mends it.', { maxLength: 32768 }),
      lastTransitionTime: text('Since when.', { format: 'date-time' }),
      observedGeneration: count('Generation of the resource that it is about.'),
    },
  },
};

export const observedGeneration = count('Generation of the resource that the status is about.');

const named = (description: string): Structural => ({
  type: 'object',
  description,
  properties: { namespace: text('Its namespace.'), name: text('Its name.') },
});

export const serverStatus: Structural = {
  type: 'object',
  description: 'What has become of it.',
  properties: {
    observedGeneration,
    conditions,
    gateways: {
      type: 'array',
      description: 'The MCPGateways that serve it.',
      items: named('One MCPGateway.'),
    },
    tools: {
      type: 'object',
      description: 'Tools that clients see of it, before rules on callers.',
      properties: {
        count: count('How many.'),
        names: {
          type: 'array',
          description: 'Their names, the first 64 of each server.',
          items: { type: 'string' },
        },
        digest: text('Hash of the list; it changes with any tool.'),
      },
    },
    server: {
      type: 'object',
      description: 'What it says it is.',
      properties: { name: text('Its name.'), version: text('Its version.') },
    },
    protocolVersion: text('Protocol version that it was last spoken to in.'),
    era: text(
      'Eras of MCP that it speaks: `legacy` with sessions, `modern` without, or both; `rest` for a REST API.',
    ),
    lastError: text('What went wrong last; absent where nothing is wrong.'),
    lastSeen: text('When it last worked; set while it does not.', { format: 'date-time' }),
  },
};

export const gatewayStatus: Structural = {
  type: 'object',
  description: 'What has become of it.',
  properties: {
    observedGeneration,
    conditions,
    servers: {
      type: 'object',
      description: 'MCPServers that it selects.',
      properties: { selected: count('How many.'), served: count('How many are served.') },
    },
    tools: count('Tools that clients see of all of them, before rules on callers.'),
    configuration: text(
      'Hash of the configuration that is served, as `label` in `/status` says it.',
    ),
  },
};
