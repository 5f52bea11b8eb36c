import { metrics } from '../../../../lib/metrics/registry.js';

/** Upper bounds of the duration buckets, in seconds. */
const durations = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export const requests = metrics.counter(
  'kong_mcp_requests_total',
  'Requests that the aggregator served, by what they asked for and how they ended: `ok`, `error` (said by the server), `stream`, or an error code.',
  ['endpoint', 'method', 'server', 'tool', 'outcome'],
);
export const clientRequests = metrics.counter(
  'kong_mcp_client_requests_total',
  'The same requests by how their clients speak: `modern` without sessions, `legacy` with them, and the protocol version that they name, or wish in `initialize`; `none` where they name none.',
  ['endpoint', 'era', 'version'],
);
export const requestSeconds = metrics.histogram(
  'kong_mcp_request_duration_seconds',
  'Time from the arrival of a request to the end of its answer; a GET stream counts until it is open.',
  durations,
  ['endpoint', 'method', 'server'],
);
export const refusals = metrics.counter(
  'kong_mcp_refusals_total',
  'Requests that mcp-aggregate answered in the access phase with an error, so that they never reached the aggregator.',
  ['endpoint', 'code'],
);
export const handlesRefused = metrics.counter(
  'kong_mcp_handles_refused_total',
  'Handles between the hops of a request that were forged, used, expired or misdirected.',
  ['hop'],
);
export const inFlight = metrics.gauge(
  'kong_mcp_requests_in_flight',
  'Requests that the aggregator is serving now.',
  ['endpoint'],
  'sum',
);
export const openStreams = metrics.gauge(
  'kong_mcp_streams_open',
  'GET streams that clients hold open.',
  [],
  'sum',
);
export const channels = metrics.gauge(
  'kong_mcp_channels',
  'Streams that clients hold open or can come back to.',
  [],
  'sum',
);
export const channelBytes = metrics.gauge(
  'kong_mcp_channel_bytes',
  'Bytes of events kept for clients that come back to a stream.',
  [],
  'sum',
);
export const sessionsEnded = metrics.gauge(
  'kong_mcp_sessions_ended',
  'Ended sessions that are remembered until they expire; open ones cost no memory and are not counted.',
);
export const sessionsLent = metrics.gauge(
  'kong_mcp_sessions_lent',
  'Sessions at servers that their workers lend to others of the node, for direct calls.',
  [],
  'sum',
);
export const asksOpen = metrics.gauge(
  'kong_mcp_asks_open',
  'Questions of servers that wait for the answer of a client.',
  [],
  'sum',
);
export const endpointInfo = metrics.gauge(
  'kong_mcp_endpoint_info',
  'Always one; its labels say which route, or which Service, an endpoint is.',
  ['endpoint', 'route', 'service'],
);
export const upstreamState = metrics.gauge(
  'kong_mcp_upstream_state',
  'One for the state that a server is in, zero for the others.',
  ['endpoint', 'server', 'state'],
);
export const upstreamEra = metrics.gauge(
  'kong_mcp_upstream_era',
  'One for an era that a server speaks, `modern` without sessions and `legacy` with them, zero for one that it refuses; absent where it has not been asked.',
  ['endpoint', 'server', 'era'],
);
export const circuitOpen = metrics.gauge(
  'kong_mcp_circuit_open',
  'One where the circuit of a server is not closed: calls fail at once, but for one now and then.',
  ['endpoint', 'server'],
);
export const toolCircuitsOpen = metrics.gauge(
  'kong_mcp_tool_circuits_open',
  'Tools of a server whose own circuits are not closed.',
  ['endpoint', 'server'],
);
export const listAge = metrics.gauge(
  'kong_mcp_list_age_seconds',
  'Time since a list of a server was fetched; absent where there is none.',
  ['endpoint', 'server', 'kind'],
);
export const listItems = metrics.gauge(
  'kong_mcp_list_items',
  'Items of a server that clients see, before rules on callers.',
  ['endpoint', 'server', 'kind'],
);
export const listRefused = metrics.gauge(
  'kong_mcp_list_items_refused',
  'Items of a server that are left out: malformed, listed twice, or with a name that belongs to another server or to an override.',
  ['endpoint', 'server', 'kind'],
);
export const pinDiffering = metrics.gauge(
  'kong_mcp_pin_differing',
  'Definitions of a server that are not as they were approved: `changed`, `added` or `vanished`; absent where nothing is pinned.',
  ['endpoint', 'server', 'change'],
);
export const pinUnusable = metrics.gauge(
  'kong_mcp_pin_unusable',
  'One where it cannot be told what of a server is approved: its lockfile cannot be used, or is of another server.',
  ['endpoint', 'server'],
);
export const lintFindings = metrics.gauge(
  'kong_mcp_lint_findings',
  'Definitions of a server in which the linter finds something, by rule; absent where none is.',
  ['endpoint', 'server', 'rule'],
);
export const guardRequests = metrics.counter(
  'kong_mcp_guard_requests_total',
  'Questions to guards, by what came of them: `allow`, `deny`, `replace`, `unavailable` (the call was refused), `unguarded` (the guard failed and lets pass), `refused` (arguments too large for it).',
  ['endpoint', 'guard', 'on', 'outcome'],
);
export const guardCircuitOpen = metrics.gauge(
  'kong_mcp_guard_circuit_open',
  'One where the circuit of a guard is not closed: it is not asked, but for one question now and then.',
  ['endpoint', 'guard'],
);
