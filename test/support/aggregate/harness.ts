import { callerHandleKey, callerHandles } from '../../../lib/handles/handles.js';
import type { HandedAuthorization } from '../../../lib/handles/handles.js';
import type { Identity } from '../../../lib/identity/identity.js';
import type { Siblings } from '../../../lib/workers/siblings.js';
import { Aggregator } from '../../../plugins/mcp-aggregate/endpoint/aggregator.js';
import type { Timing } from '../../../plugins/mcp-aggregate/endpoint/requests/exchange.js';
import type { PeerAddress } from '../../../plugins/mcp-aggregate/core/owners/peer.js';
import { systemClock } from '../../../plugins/mcp-aggregate/io/clock.js';
import { pluginOn } from '../../../plugins/mcp-aggregate/plugin.js';
import type { AggregateKongConfig } from '../../../schema/mcp-aggregate.js';
import { fakeKong } from '../fake-kong-port.js';
import type { FakeKong, FakeRequest } from '../fake-kong-port.js';
import type { FakeUpstream } from './fake-upstream.js';

/** Fields of a server's connection, as Kong fills them in. */
const connection = {
  ssl_verify: true,
  ca_certificates: undefined,
  client_certificate: undefined,
  client_key: undefined,
  ssl_server_name: undefined,
  http_proxy: undefined,
  https_proxy: undefined,
  no_proxy: undefined,
  forward_headers: [],
};

export type KongConfig = AggregateKongConfig & Readonly<Record<string, unknown>>;

/** Configuration as Kong hands it over, defaults applied. */
export function kongConfig(
  servers: readonly { readonly name: string; readonly prefix?: string }[],
  more: Readonly<Record<string, unknown>> = {},
): KongConfig {
  return {
    mode: 'endpoint',
    servers: servers.map(({ name, prefix }) => ({
      name,
      url: `http://${name}.test/mcp`,
      route: undefined,
      openapi: undefined,
      stdio: undefined,
      stdio_scope: 'shared',
      stdio_max_children: 32,
      prefix,
      enabled: true,
      tools: undefined,
      prompts: undefined,
      resources: undefined,
      pin: 'off' as const,
      pin_lockfile: undefined,
      pin_lockfile_text: undefined,
      lint: undefined,
      lint_off: [],
      uri_mapping: 'prefixed' as const,
      headers: {},
      auth: undefined,
      ...connection,
      trusted: false,
      trace_context: true,
      transport: 'streamable-http' as const,
      circuit_breaker: undefined,
      direct: false,
      direct_upstream: undefined,
      timeout: 60_000,
      max_response_size: 16_777_216,
      protocol_versions: [],
    })),
    redis: undefined,
    allow_overlapping_prefixes: false,
    anonymous: false,
    allowed_origins: [],
    protocol_versions: [],
    scope_hierarchy: {},
    scope_rules: [],
    claim_rules: [],
    argument_rules: [],
    views: [],
    views_only: false,
    guards: [],
    hide_unauthorized: false,
    max_request_body_size: 1_048_576,
    session_ttl: 3600,
    max_stream_age: 3600,
    list_timeout: 5000,
    list_ttl: 60,
    page_size: 500,
    server_name: 'test-gateway',
    instructions: undefined,
    label: undefined,
    route_id: 'route-a',
    __plugin_id: 'plugin-a',
    ...more,
  };
}

export function identityOf(subject: string): Identity {
  return { issuer: 'https://as.test', subject, clientId: 'client', scopes: [], claims: {} };
}

export interface Sent extends FakeRequest {
  /** Who mcp-oauth says it is; null for a request without identity. */
  readonly as?: string | null;
  /** More of that identity. */
  readonly identity?: Partial<Identity>;
  /** What mcp-oauth says of scopes. */
  readonly authorization?: HandedAuthorization;
  /** A body as JSON, or raw. */
  readonly json?: unknown;
  /** Changes the request between Kong's plugins and the aggregator. */
  readonly tamper?: (request: { headers: Record<string, string>; body: string }) => void;
}

export interface Harness {
  readonly aggregator: Aggregator;
  /** A request through the access phase and, when it passes, the aggregator over HTTP. */
  send(request: Sent, config?: KongConfig): Promise<Response>;
  /** The access phase alone. */
  access(request: Sent, config?: KongConfig): Promise<FakeKong>;
  /** Lets the time go on by `ms`; what waits on a timer waits as before. */
  pass(ms: number): void;
  stop(): Promise<void>;
}

/** A real aggregator on in-process upstreams, behind a fake Kong. */
export async function startHarness(
  upstreams: readonly FakeUpstream[],
  options: {
    readonly config?: KongConfig;
    readonly timing?: Timing;
    readonly siblings?: Siblings;
    readonly peer?: PeerAddress;
    /** Default: one that all harnesses have. */
    readonly keys?: readonly Buffer[];
  } = {},
): Promise<Harness> {
  let passed = 0;
  const { peer, keys = [Buffer.alloc(32, 7)] } = options;
  const aggregator = new Aggregator({
    acquire: ({ name }) => {
      const upstream = upstreams.find((candidate) => candidate.name === name);
      if (upstream === undefined) throw new Error(`no fake upstream ${name}`);
      return { upstream, release: () => undefined };
    },
    clock: { ...systemClock, now: () => systemClock.now() + passed },
    closeUpstreams: () => Promise.resolve(),
    sealingKeys: () => Promise.resolve({ keys, from: 'process' }),
    ...(peer ? { peer: () => peer } : {}),
    ...(options.timing ? { timing: options.timing } : {}),
    ...(options.siblings ? { siblings: options.siblings } : {}),
  });
  await aggregator.start();
  const Plugin = pluginOn(aggregator);
  const usual = options.config ?? kongConfig(upstreams);
  const access = async (request: Sent, config = usual) => {
    const kong = fakeKong(kongRequest(request));
    await new Plugin(config).access(kong.port);
    return kong;
  };
  const send = async (request: Sent, config = usual) => {
    const kong = await access(request, config);
    const exit = kong.exit();
    if (exit)
      return new Response(exit.body || null, { status: exit.status, headers: exit.headers });
    const [, host, port] = kong.callsOf('service.setTarget')[0]!;
    const headers = { ...(kong.upstreamHeaders() as Record<string, string>) };
    const forwarded = { headers, body: bodyOf(request) };
    request.tamper?.(forwarded);
    delete forwarded.headers['content-length'];
    const method = request.method ?? 'POST';
    const body = method === 'POST' ? forwarded.body : null;
    const { signal } = request as { signal?: AbortSignal };
    const init = { method, headers: forwarded.headers, body, ...(signal ? { signal } : {}) };
    return fetch(`http://${String(host)}:${String(port)}/mcp`, init);
  };
  const pass = (ms: number): void => void (passed += ms);
  return { aggregator, access, send, pass, stop: () => aggregator.stop(100) };
}

function bodyOf({ json, body }: Sent): string {
  if (body) return Buffer.from(body).toString();
  return typeof json === 'string' ? json : JSON.stringify(json ?? '');
}

function kongRequest(request: Sent): FakeRequest {
  const as = request.as === undefined ? 'alice' : request.as;
  const shared: Record<string, string> = {};
  if (as !== null) {
    const identity = { ...identityOf(as), ...request.identity };
    const { authorization } = request;
    const caller = { identity, ...(authorization ? { authorization } : {}) };
    shared[callerHandleKey] = callerHandles.mint('oauth', caller);
  }
  return {
    method: 'POST',
    body: Buffer.from(bodyOf(request)),
    shared,
    ...request,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...request.headers,
    },
  };
}

let lastId = 0;

/** A JSON-RPC request with an id of its own. */
export function rpc(method: string, params?: unknown, id: unknown = ++lastId) {
  return { jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) };
}

export const initializeParams = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
};

/** Starts a session and answers its id. */
export async function openSession(harness: Harness, request: Sent = {}, version = '2025-11-25') {
  const params = { ...initializeParams, protocolVersion: version };
  const response = await harness.send({ ...request, json: rpc('initialize', params) });
  await response.arrayBuffer();
  return response.headers.get('mcp-session-id')!;
}
