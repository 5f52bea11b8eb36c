import { neverForwarded, ownHeaders } from '../lib/http/reserved-headers.js';
import { circuitBreaker } from './servers/circuit-breaker.js';
import { directCalls } from './servers/direct-calls.js';
import { exposedItems } from './servers/exposed-items.js';
import { array, boolean, integer, map, pluginSchema, record, string } from './fields.js';
import type { ConfigOf } from './fields.js';
import { policyFields } from './policy-fields.js';
import { clientVersions, serverVersions } from './servers/protocol-versions.js';
import { redisField } from './redis.js';
import { noCredentials } from './rules/addresses.js';
import { fitsWhen, neededWhen } from './rules/between-fields.js';
import { noneOf } from './rules/texts.js';
import { serverChecks } from './servers/server-checks.js';
import { serverConnection } from './servers/server-connection.js';
import { serverOpenApi } from './servers/server-openapi.js';
import { serverRoute } from './servers/server-route.js';
import { argumentRules } from './trust/argument-rules.js';
import { guards } from './trust/guards.js';
import { pinFields } from './trust/pins.js';
import { viewFields } from './trust/views.js';
import { upstreamAuth } from './servers/upstream-auth.js';

/** Fields of one entry of `servers`. */
export const serverFields = {
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
    match_none: [noCredentials(': put them into headers')],
    description:
      'Address of the server: that of Streamable HTTP, or of the event stream of HTTP+SSE.',
  }),
  route: serverRoute,
  openapi: serverOpenApi,
  stdio: string({
    len_min: 1,
    description:
      "Name of an entry of the operator's `mcpServers` file (see KONG_MCP_STDIO_FILE), which this process starts as a child.",
  }),
  stdio_scope: string({
    default: 'shared',
    one_of: ['shared', 'session'],
    description:
      'Children of a `stdio` server: `shared` is one for all callers, `session` is one per client session, which may ask its client where the server is trusted, and one more for calls without a session.',
  }),
  stdio_max_children: integer({
    default: 32,
    between: [1, 1024],
    description:
      'Most children for client sessions of a `stdio` server with `stdio_scope` session, a quarter of them for one caller; a further session is answered with an error.',
  }),
  prefix: string({
    len_min: 0,
    len_max: 64,
    match: '^[%w_.-]*$',
    description:
      'Put before each tool and prompt name of this server; default `<name>__`. An empty string means none.',
  }),
  enabled: boolean({
    default: true,
    description: 'Whether the server is served; false leaves it out as if it were not configured.',
  }),
  ...exposedItems,
  ...pinFields,
  uri_mapping: string({
    default: 'prefixed',
    one_of: ['prefixed', 'none'],
    description:
      'How clients see resource URIs of this server: `prefixed` puts `mcp+<name>+` in front, so that no two servers share one; `none` leaves them alone, for one server at most.',
  }),
  headers: map(
    string({
      description: 'Header name.',
      match: '^[%w-]+$',
      match_none: noneOf(ownHeaders, [], 'is set by the gateway: leave it out'),
    }),
    string({
      description: 'Header value.',
      referenceable: true,
      match_none: [{ pattern: '[\r\n]', err: 'a header value must not hold a line break' }],
    }),
    {
      default: {},
      description:
        'Headers sent to a `url` or `route` server with each request; values may be vault references.',
    },
  ),
  forward_headers: array(
    string({
      description: 'Name of a header.',
      match: '^[%w-]+$',
      match_none: noneOf(
        neverForwarded.names,
        neverForwarded.beginnings,
        'is never handed on to servers: leave it out',
      ),
      len_min: 1,
      len_max: 64,
    }),
    {
      default: [],
      len_max: 16,
      description:
        "Headers of the client's request that a `url` or `route` server gets with calls, by name; lists, which callers share, are fetched without them. Credentials, cookies and what the protocol or Kong sets are refused here.",
    },
  ),
  auth: upstreamAuth,
  ...serverConnection,
  transport: string({
    default: 'streamable-http',
    one_of: ['streamable-http', 'sse'],
    description:
      'How a `url` or `route` server is spoken to: by Streamable HTTP, and where it refuses that, by HTTP+SSE, the transport of 2024-11-05; or by `sse` from the start.',
  }),
  protocol_versions: serverVersions,
  trusted: boolean({
    default: false,
    description:
      'Let this server ask clients: sampling, elicitation and roots, inside the call that caused it and labelled with its name. Any other server is told that clients cannot be asked.',
  }),
  trace_context: boolean({
    default: true,
    description:
      "Pass `traceparent`, `tracestate` and Kong's request id to this server, as headers and in `_meta` of each request. Off for a server that refuses members it does not know.",
  }),
  timeout: integer({
    default: 60000,
    between: [100, 3600000],
    description:
      'Deadline of one call to this server, in milliseconds. Progress that the server reports gives as long again, up to ten times in all.',
  }),
  circuit_breaker: circuitBreaker,
  ...directCalls,
  max_response_size: integer({
    default: 16777216,
    between: [1024, 268435456],
    description: 'Largest single message accepted from this server, in bytes.',
  }),
};

/** Configuration of mcp-aggregate. */
export const aggregateFields = {
  mode: string({
    default: 'endpoint',
    one_of: ['endpoint', 'internal'],
    description:
      '`endpoint` serves clients. `internal` is for the route behind which a `route` server stands: it lets in only what an endpoint of the same plugin server sends there, and Kong proxies that to the Service; `servers` and access rules belong on the endpoint then.',
  }),
  servers: array(
    record(serverFields, {
      required: true,
      description: 'One MCP server.',
      entity_checks: serverChecks,
    }),
    {
      len_min: 1,
      len_max: 256,
      description:
        'The MCP servers behind this endpoint, in the order in which lists show them. Needed unless `mode` is `internal`.',
    },
  ),
  allow_overlapping_prefixes: boolean({
    default: false,
    description:
      'Let the prefix of one server begin that of another, an empty one among others for example. A name then belongs to the server with the longest prefix that fits it, whatever the servers list. Refused at start without it.',
  }),
  anonymous: boolean({
    default: false,
    description:
      "Serve callers without a verified identity. Without it a request needs mcp-oauth or one of Kong's authentication plugins on the route.",
  }),
  ...policyFields,
  argument_rules: argumentRules,
  ...viewFields,
  guards,
  hide_unauthorized: boolean({
    default: false,
    description:
      'Hide items whose scopes the token lacks, as those that claim rules deny: missing in lists, unknown in calls. By default they are listed and a call is answered 403 with the scopes, so that clients can ask for them.',
  }),
  allowed_origins: array(string({ description: 'An origin, or `*`.' }), {
    default: [],
    len_max: 64,
    description:
      'Values of the `Origin` header that are let in; a request with any other is answered 403. `*` lets in all, `null` the opaque origin. Requests without `Origin` are not concerned.',
  }),
  protocol_versions: clientVersions,
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
  max_stream_age: integer({
    default: 3600,
    between: [1, 86400],
    description:
      'How long a stream opened by GET lasts at most, in seconds; the client then opens it again and misses nothing.',
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
  page_size: integer({
    default: 500,
    between: [1, 10000],
    description: 'Most items on one page of a list; clients fetch further pages by cursor.',
  }),
  redis: redisField,
  server_name: string({
    default: 'kong-plugin-mcp',
    len_min: 1,
    description: '`serverInfo.name` of the endpoint.',
  }),
  instructions: string({
    description: '`instructions` that a client receives when it initializes.',
  }),
  label: string({
    len_max: 256,
    description:
      'Shown with this endpoint in `/status` of the plugin server, so that whoever wrote the configuration finds it there. Clients never see it.',
  }),
};

export type AggregateKongConfig = ConfigOf<typeof aggregateFields>;
export type ServerKongConfig = ConfigOf<typeof serverFields>;

const onlyOnEndpoint = 'has no meaning in mode internal: put it on the endpoint';

/** What Kong checks between fields. */
export const aggregateChecks = [
  neededWhen('mode', 'endpoint', ['servers'], 'servers is needed unless mode is internal'),
  fitsWhen('mode', 'internal', 'servers', { eq: null }, `servers ${onlyOnEndpoint}`),
  ...['scope_rules', 'claim_rules', 'views', 'allowed_origins', 'protocol_versions'].map((field) =>
    fitsWhen('mode', 'internal', field, { len_max: 0 }, `${field} ${onlyOnEndpoint}`),
  ),
  fitsWhen('mode', 'internal', 'anonymous', { eq: false }, `anonymous ${onlyOnEndpoint}`),
];

export const aggregateSchema = pluginSchema('mcp-aggregate', aggregateFields, {
  entityChecks: aggregateChecks,
});
