import { createHash } from 'node:crypto';
import { ConfigError } from '../../../lib/errors/errors.js';
import { configHash } from '../../../lib/config/config-hash.js';
import { ItemViews } from '../../../lib/policy/item-views.js';
import { readPolicy } from '../../../lib/policy/read-policy.js';
import { refuseStrayReferences } from '../../../lib/config/stray-reference.js';
import { clientRevisions, serverRevisions } from '../../../lib/protocol/revisions.js';
import { readRedis } from '../../../lib/shared-state/redis-settings.js';
import type { RedisSettings } from '../../../lib/shared-state/redis-settings.js';
import type { AggregateKongConfig, ServerKongConfig } from '../../../schema/mcp-aggregate.js';
import { readDirect, refuseMixedVerification } from './servers/direct-config.js';
import type { DirectConfig } from './servers/direct-config.js';
import { readExposure } from './config-exposure.js';
import type { ExposureConfig } from './config-exposure.js';
import { readPatience } from './config-patience.js';
import type { Patience } from './config-patience.js';
import { readArgumentLog } from './tools/argument-log.js';
import type { ArgumentLog } from '../core/audit/argument-log.js';
import { readGuards } from './guards.js';
import { readArgumentRules } from './tools/argument-rules.js';
import type { GuardConfig } from '../core/guards/guard.js';
import type { GuardSet } from '../core/guards/guard-set.js';
import type { ArgumentRules } from '../core/policy/argument-rules.js';
import type { EndpointViews } from '../core/policy/endpoint-views.js';
import type { AccessRules } from '../core/policy/policy.js';
import { readAuth } from './servers/auth-config.js';
import type { AuthConfig } from './servers/auth-config.js';
import { readConnection } from './servers/connection-config.js';
import type { ConnectionConfig } from './servers/connection-config.js';
import { readPins } from './pin-config.js';
import type { PinConfig } from './pin-config.js';
import { readOpenApi } from './servers/openapi-config.js';
import type { OpenApiConfig } from './servers/openapi-config.js';
import { readRoute } from './servers/route-config.js';
import type { RouteConfig } from './servers/route-config.js';
import { readVersions } from './servers/protocol-versions.js';
import { readTransport, versionsOver } from './servers/transport-config.js';
import { refuseTwins } from './refuse-twins.js';
import { scopesOfTools } from './tools/scopes-of-tools.js';
import { readViews, serverOfItems } from './views-config.js';

/** One MCP server as configured. */
export interface ServerConfig extends ExposureConfig, Patience {
  readonly name: string;
  readonly kind: 'url' | 'route' | 'stdio';
  /** The address of a `url` server, the path of a `route` server, the entry name of a `stdio` server. */
  readonly target: string;
  /** How Kong is asked for a `route` server. */
  readonly route?: RouteConfig | undefined;
  /** Headers for a `url` or `route` server, by name as written. May hold secrets: never log them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Tokens that the gateway fetches for a `url` or `route` server. Holds secrets. */
  readonly auth?: AuthConfig | undefined;
  /** How a `url` server is connected to; verified and direct where absent. Holds secrets. */
  readonly connection?: ConnectionConfig | undefined;
  /** Set where it is no MCP server but a REST API. */
  readonly openapi?: OpenApiConfig | undefined;
  /** Whether its questions (sampling, elicitation, roots) reach clients (design D13). */
  readonly trusted: boolean;
  /** Set where it is spoken to by HTTP+SSE alone; else that is tried where it refuses Streamable HTTP. */
  readonly transport?: 'sse' | undefined;
  /** How Kong itself proxies calls to it; absent where all go through this gateway (design D21). */
  readonly direct?: DirectConfig | undefined;
  /** What of it has to be as it was approved. */
  readonly pins?: PinConfig | undefined;
  /** Whether it is told which trace and which request of Kong a call belongs to. */
  readonly passesTrace?: boolean;
  /** Whether a `stdio` server has one child for all callers or one per client session. */
  readonly stdioScope: 'shared' | 'session';
  /** Most children for sessions of a `stdio` server. */
  readonly stdioMaxChildren: number;
  readonly maxResponseBytes: number;
  /** Protocol versions it may be spoken to in, newest first; never empty. */
  readonly versions: readonly string[];
  /** Hash of all that shapes the connection; equal keys share one upstream. Holds no secret. */
  readonly key: string;
}

export interface AggregateConfig {
  readonly servers: readonly ServerConfig[];
  readonly anonymous: boolean;
  /** Protocol versions that clients are served, newest first; never empty. */
  readonly versions: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly maxRequestBytes: number;
  readonly sessionTtlMs: number;
  /** How long a stream for notifications stays open at most. */
  readonly maxStreamAgeMs: number;
  readonly listTimeoutMs: number;
  readonly listTtlMs: number;
  /** Most items on a page of a list. */
  readonly pageSize: number;
  readonly serverName: string;
  readonly instructions: string | undefined;
  /** By which whoever wrote the configuration finds it in `/status`. */
  readonly label?: string | undefined;
  /** Where workers and nodes keep what all must know. */
  readonly redis: RedisSettings | undefined;
  /** Who may use what, in lists and calls. */
  readonly access: AccessRules;
  /** Named subsets of the items; absent where there are none. */
  readonly views?: EndpointViews | undefined;
  /** What calls may hold in their arguments. */
  readonly argumentRules: ArgumentRules;
  /** Which of their arguments are logged. */
  readonly argumentLog: ArgumentLog;
  /** Who is asked about them. */
  readonly guards: GuardSet<{ readonly config: GuardConfig }>;
  /** What sessions are bound to: the route, else the service, else the plugin's own id. */
  readonly endpoint: string;
  /** The plugin entry in Kong; a new configuration of the same entry supersedes the old one. */
  readonly entry: string;
  /** Hash of the whole configuration. */
  readonly hash: string;
}

/**
 * Reads Kong's configuration.
 * @throws ConfigError naming the field, for what the schema cannot express
 */
export function readConfig(kong: AggregateKongConfig & Readonly<Record<string, unknown>>) {
  refuseStrayReferences(kong);
  const servers = (kong.servers ?? []).filter(({ enabled }) => enabled).map(readServer);
  refuseTwins(servers, kong.allow_overlapping_prefixes);
  refuseMixedVerification(servers);
  const entry = idOf(kong['__plugin_id']) ?? 'unnamed';
  const views = readViews(kong);
  const config: AggregateConfig = {
    servers,
    anonymous: kong.anonymous,
    versions: readVersions('protocol_versions', kong.protocol_versions, clientRevisions),
    allowedOrigins: kong.allowed_origins,
    maxRequestBytes: kong.max_request_body_size,
    sessionTtlMs: kong.session_ttl * 1000,
    maxStreamAgeMs: kong.max_stream_age * 1000,
    listTimeoutMs: kong.list_timeout,
    listTtlMs: kong.list_ttl * 1000,
    pageSize: kong.page_size,
    serverName: kong.server_name,
    instructions: kong.instructions ?? undefined,
    label: kong.label ?? undefined,
    redis: readRedis(kong.redis),
    access: readAccess(kong, servers, views),
    views,
    argumentRules: readArgumentRules(kong),
    argumentLog: readArgumentLog(servers),
    guards: readGuards(kong),
    endpoint: idOf(kong['route_id']) ?? idOf(kong['service_id']) ?? entry,
    entry,
    hash: configHash(kong),
  };
  return config;
}

function readAccess(
  kong: AggregateKongConfig,
  servers: readonly ServerConfig[],
  views: EndpointViews | undefined,
): AccessRules {
  const targets = views?.all.map(({ target }) => target);
  const items = targets && new ItemViews(targets, serverOfItems(servers));
  const { policy, expand } = readPolicy(kong, scopesOfTools(servers), items);
  return { policy, expandScopes: expand, hidesUnauthorized: kong.hide_unauthorized };
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function readServer(server: ServerKongConfig): ServerConfig {
  const field = `servers[${server.name}]`;
  const route = readRoute(field, server);
  const target = server.url ?? route?.path ?? server.stdio;
  if (!target) throw new ConfigError(field, 'needs either url, route or stdio');
  if (server.url) readUrl(`${field}.url`, server.url);
  const kind = server.url ? 'url' : route ? 'route' : 'stdio';
  const headers = server.headers ?? {};
  const { stdio_scope: stdioScope, stdio_max_children: stdioMaxChildren } = server;
  if (kind !== 'stdio' && stdioScope === 'session') {
    throw new ConfigError(`${field}.stdio_scope`, 'is for stdio servers');
  }
  const given = server.protocol_versions;
  const pins = readPins(field, server);
  const transport = readTransport(field, server);
  const shaping = {
    kind,
    target,
    route,
    headers,
    auth: readAuth(field, server),
    connection: readConnection(field, server),
    direct: readDirect(field, server),
    openapi: readOpenApi(field, server),
    trusted: server.trusted,
    transport,
    stdioScope,
    stdioMaxChildren,
    ...readPatience(server),
    maxResponseBytes: server.max_response_size,
    versions: versionsOver(
      transport,
      field,
      readVersions(`${field}.protocol_versions`, given, serverRevisions),
    ),
  } as const;
  return {
    ...readExposure(server, field),
    name: server.name,
    ...shaping,
    passesTrace: server.trace_context,
    pins,
    // What is read of what a server says depends on it.
    key: keyOf(server.name, pins ? { ...shaping, pinned: true } : shaping),
  };
}

type Shaping = Omit<
  ServerConfig,
  'name' | 'key' | 'passesTrace' | 'pins' | keyof ExposureConfig
> & {
  readonly pinned?: boolean;
};

/** Equal for servers of one name that are connected to alike, whatever the order of members. */
function keyOf(name: string, { headers, toolTimeouts, openapi, ...others }: Shaping): string {
  const tools = [...(toolTimeouts ?? [])].sort();
  const api = openapi && { ...openapi, source: undefined, fixed: [...openapi.fixed] };
  const file = openapi && 'file' in openapi.source ? openapi.source.file : '';
  const shape = JSON.stringify([Object.entries(headers).sort(), tools, others, api, file]);
  return createHash('sha256').update(`${name} ${shape}`).digest('base64url').slice(0, 32);
}

function readUrl(field: string, text: string): void {
  if (!URL.canParse(text)) throw new ConfigError(field, 'is not a URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError(field, 'must not hold credentials; use headers');
  }
}
