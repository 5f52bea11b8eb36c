import { array, boolean, integer, map, pluginSchema, record, string } from './fields.js';
import type { ConfigOf } from './fields.js';
import { policyFields } from './policy-fields.js';
import { upstreamAuth } from './upstream-auth.js';

const serverFields = {
  name: string({
    required: true,
    len_min: 1,
    len_max: 32,
    match: '^[%w][%w-]*$',
    description:
      'Name of the server: unique, part of the default prefix, shown in errors and logs.',
  }),
  url: string({
    match: '^https?://[^%s#]+$',
    description: 'Streamable HTTP address of the server.',
  }),
  stdio: string({
    len_min: 1,
    description:
      "Name of an entry of the operator's `mcpServers` file (see KONG_MCP_STDIO_FILE), which this process starts as a child.",
  }),
  prefix: string({
    len_min: 0,
    len_max: 64,
    match: '^[%w_.-]*$',
    description:
      'Put before each tool name of this server; default `<name>__`. An empty string means none.',
  }),
  headers: map(
    string({ description: 'Header name.', match: '^[%w-]+$' }),
    string({ description: 'Header value.', referenceable: true }),
    {
      default: {},
      description:
        'Headers sent to a `url` server with each request; values may be vault references.',
    },
  ),
  auth: upstreamAuth,
  trusted: boolean({
    default: false,
    description:
      'Let this server ask clients: sampling, elicitation and roots, inside the call that caused it and labelled with its name. Any other server is told that clients cannot be asked.',
  }),
  timeout: integer({
    default: 60000,
    between: [100, 3600000],
    description: 'Deadline of one call to this server, in milliseconds.',
  }),
  max_response_size: integer({
    default: 16777216,
    between: [1024, 268435456],
    description: 'Largest single message accepted from this server, in bytes.',
  }),
};

/** Configuration of mcp-aggregate. */
export const aggregateFields = {
  servers: array(
    record(serverFields, {
      required: true,
      description: 'One MCP server.',
      entity_checks: [{ only_one_of: ['url', 'stdio'] }],
    }),
    {
      required: true,
      len_min: 1,
      len_max: 256,
      description: 'The MCP servers behind this endpoint, in the order in which lists show them.',
    },
  ),
  anonymous: boolean({
    default: false,
    description:
      "Serve callers without a verified identity. Without it a request needs mcp-oauth or one of Kong's authentication plugins on the route.",
  }),
  ...policyFields,
  hide_unauthorized: boolean({
    default: false,
    description:
      'Hide items whose scopes the token lacks, as those that claim rules deny: missing in lists, unknown in calls. By default they are listed and a call is answered 403 with the scopes, so that clients can ask for them.',
  }),
  allowed_origins: array(string({ description: 'An origin, or `*`.' }), {
    default: [],
    len_max: 64,
    description:
      'Values of the `Origin` header that are let in; a request with any other is answered 403. Requests without `Origin` are not concerned.',
  }),
  max_request_body_size: integer({
    default: 1048576,
    between: [1024, 67108864],
    description: 'Largest request body, in bytes; larger ones are answered 413.',
  }),
  session_ttl: integer({
    default: 86400,
    between: [60, 2592000],
    description: 'Lifetime of a session from its start, in seconds.',
  }),
  list_timeout: integer({
    default: 5000,
    between: [100, 60000],
    description:
      'How long a list waits for servers that have never answered, in milliseconds; later lists do not wait for them.',
  }),
  list_ttl: integer({
    default: 60,
    between: [1, 86400],
    description: 'Age in seconds after which the list of a server is fetched again.',
  }),
  server_name: string({
    default: 'kong-plugin-mcp',
    len_min: 1,
    description: '`serverInfo.name` of the endpoint.',
  }),
  instructions: string({
    description: '`instructions` that a client receives when it initializes.',
  }),
};

export type AggregateKongConfig = ConfigOf<typeof aggregateFields>;
export type ServerKongConfig = ConfigOf<typeof serverFields>;

export const aggregateSchema = pluginSchema('mcp-aggregate', aggregateFields);
