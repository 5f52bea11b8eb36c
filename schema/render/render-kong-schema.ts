type JsonSchema = Readonly<Record<string, unknown>>;

const listOf = (kind: string): JsonSchema => ({
  type: 'array',
  items: { $ref: `#/$defs/${kind}` },
});
const milliseconds = { type: 'integer', minimum: 1, maximum: 2_147_483_646 };
const strings = { type: 'array', items: { type: 'string' } };

/** Of Kong's own entities no more than what endpoints are made of; Kong checks the rest. */
const service: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    url: { type: 'string', pattern: '^[a-z]+://' },
    retries: { type: 'integer', minimum: 0, maximum: 32_767 },
    connect_timeout: milliseconds,
    read_timeout: milliseconds,
    write_timeout: milliseconds,
    routes: listOf('route'),
    plugins: listOf('plugin'),
  },
};
const route: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    paths: { type: 'array', items: { type: 'string', pattern: '^~?/' } },
    methods: { type: 'array', items: { type: 'string', pattern: '^[A-Z]+$' } },
    hosts: strings,
    strip_path: { type: 'boolean' },
    plugins: listOf('plugin'),
  },
};

/** What holds for entries of one of our plugins. */
export interface PluginRule {
  readonly name: string;
  readonly config: JsonSchema;
  /** Whether an entry without `config` lacks something. */
  readonly needsConfig: boolean;
  /** Whether it may belong to a consumer. */
  readonly forConsumers: boolean;
}

/** JSON Schema (2020-12) of a declarative file with our plugins, for editors. Kong decides. */
export function renderKongSchema(plugins: readonly PluginRule[]): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'a declarative file of Kong with mcp-oauth and mcp-aggregate',
    type: 'object',
    required: ['_format_version'],
    properties: {
      _format_version: { type: 'string', pattern: '^[123]\\.\\d+$' },
      _transform: { type: 'boolean' },
      services: listOf('service'),
      routes: listOf('route'),
      plugins: listOf('plugin'),
    },
    $defs: {
      service,
      route,
      plugin: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, enabled: { type: 'boolean' } },
        allOf: plugins.map(ruleOf),
      },
      ...Object.fromEntries(plugins.map(({ name, config }) => [name, embedded(config)])),
    },
  };
}

function ruleOf({ name, needsConfig, forConsumers }: PluginRule): JsonSchema {
  return {
    if: { type: 'object', properties: { name: { const: name } }, required: ['name'] },
    then: {
      type: 'object',
      properties: {
        config: { $ref: `#/$defs/${name}` },
        ...(forConsumers ? {} : { consumer: false }),
      },
      ...(needsConfig ? { required: ['config'] } : {}),
    },
  };
}

/** Says its dialect no second time. */
function embedded(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema'));
}
