import { ConfigError } from '../../../../lib/errors/errors.js';
import type { AggregateKongConfig, ServerKongConfig } from '../../../../schema/mcp-aggregate.js';

/** The Kong route behind which a server is reached. */
export interface RouteConfig {
  readonly path: string;
  /** `Host` of the requests; that of `kongUrl` without it. */
  readonly host: string | undefined;
  /** Whether it lets in this gateway alone. */
  readonly internal: boolean;
  /** Origin of Kong's proxy; the process knows the usual one. */
  readonly kongUrl: string | undefined;
  /** Where Kong leads messages to a server of the transport of 2024-11-05; `path` without it. */
  readonly messagePath?: string | undefined;
}

const variable = 'KONG_MCP_KONG_URL';
const usualKongUrl = 'http://127.0.0.1:8000';

/**
 * Reads the `route` of a server.
 * @param field names the server
 * @throws ConfigError for a path that Kong would match as another one
 */
export function readRoute(field: string, server: ServerKongConfig): RouteConfig | undefined {
  const route = server.route ?? undefined;
  if (route === undefined) return undefined;
  for (const name of ['path', 'message_path'] as const) {
    if (!/\/\.{0,2}(?=\/)|\/\.{1,2}$/.test(route[name] ?? '')) continue;
    throw new ConfigError(`${field}.route.${name}`, 'must not hold //, /./ or /../');
  }
  if (route.internal === false && !server.openapi) {
    throw new ConfigError(`${field}.route.internal`, 'must be true for an MCP server');
  }
  if (route.kong_url) readOrigin(`${field}.route.kong_url`, route.kong_url);
  return {
    path: route.path,
    host: route.host ?? undefined,
    internal: route.internal !== false,
    kongUrl: route.kong_url ?? undefined,
    messagePath: route.message_path ?? undefined,
  };
}

/**
 * The address at which Kong serves the route.
 * @throws ConfigError where the variable `KONG_MCP_KONG_URL` is needed and no origin
 */
export function routeAddress(
  { path, kongUrl }: RouteConfig,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const origin = kongUrl ?? readOrigin(variable, env[variable] || usualKongUrl);
  return `${origin}${path}`;
}

function readOrigin(field: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.origin !== text.toLowerCase()) {
    throw new ConfigError(
      field,
      'must be the origin of Kong’s proxy, as http://127.0.0.1:8000: no path, no credentials, no default port',
    );
  }
  return url.origin;
}

/** Fields that mean something on an endpoint only, and what they are when nobody has set them. */
const endpointFields = [
  'scope_rules',
  'claim_rules',
  'allowed_origins',
  'protocol_versions',
] as const;

/**
 * What mcp-aggregate is on this route.
 * @throws ConfigError for what does not go with the mode
 */
export function readMode(kong: AggregateKongConfig): 'endpoint' | 'internal' {
  const { mode, servers } = kong;
  if (mode === 'endpoint') {
    if ((servers?.length ?? 0) > 0) return mode;
    throw new ConfigError('servers', 'is needed: name at least one, or set mode to internal');
  }
  const senseless = [
    ...((servers?.length ?? 0) > 0 ? ['servers'] : []),
    ...endpointFields.filter((name) => (kong[name]?.length ?? 0) > 0),
    ...(kong.anonymous ? ['anonymous'] : []),
  ];
  if (senseless.length === 0) return mode;
  throw new ConfigError(
    senseless.join(', '),
    'has no meaning in mode internal, where only this gateway itself is let in: put it on the endpoint, or set mode to endpoint',
  );
}
