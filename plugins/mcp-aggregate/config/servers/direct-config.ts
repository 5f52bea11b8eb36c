import { isIP } from 'node:net';
import { ConfigError } from '../../../../lib/errors/errors.js';
import type { ServerKongConfig } from '../../../../schema/mcp-aggregate.js';

/** Where and how Kong sends direct calls of a server. */
export interface DirectConfig {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** `Host` of the requests. */
  readonly authority: string;
  readonly path: string;
  /** Kong Upstream of calls outside of sessions. */
  readonly upstream: string | undefined;
  /** Longest silence, in milliseconds. */
  readonly silenceMs: number;
  /** Whether the server's certificate must be verified. */
  readonly verified: boolean;
}

/** Settings that Kong cannot keep, and what is to be done about each. */
const unkept: readonly (readonly [
  field: string,
  isSet: (server: ServerKongConfig) => boolean,
  mend: string,
])[] = [
  [
    'transport',
    ({ transport }) => transport === 'sse',
    'its answers come on a stream of all calls',
  ],
  ['trusted', ({ trusted }) => trusted, 'such a server asks clients, and Kong cannot carry that'],
  ...(['http_proxy', 'https_proxy', 'no_proxy'] as const).map(
    (field) => [field, isGiven(field), 'Kong goes to servers without a proxy'] as const,
  ),
  ...(['client_certificate', 'client_key', 'ssl_server_name'] as const).map(
    (field) => [field, isGiven(field), 'Kong does not know it'] as const,
  ),
  [
    'headers',
    ({ headers }) => Object.keys(headers ?? {}).some((name) => !/^authorization$/i.test(name)),
    'may hold nothing but Authorization: Kong’s logging plugins write all other headers as they are sent',
  ],
  [
    'max_response_size',
    ({ max_response_size: bytes }) => bytes !== 16_777_216,
    'Kong counts no bytes of answers: leave it out',
  ],
  [
    'circuit_breaker',
    ({ circuit_breaker: circuit }) => {
      if (!circuit?.enabled) return false;
      return circuit.failures !== 5 || circuit.open_time !== 10;
    },
    'nobody here sees whether direct calls fail: leave it out, or set enabled to false in it; a Kong Upstream (direct_upstream) has health checks',
  ],
];

function isGiven(field: keyof ServerKongConfig) {
  return (server: ServerKongConfig) => (server[field] ?? undefined) !== undefined;
}

/**
 * Reads how Kong reaches a server itself; undefined where it does not.
 * @param field names the server
 * @throws ConfigError for what would not be kept on that way
 */
export function readDirect(field: string, server: ServerKongConfig): DirectConfig | undefined {
  const { url, direct_upstream: upstream } = server;
  if (!server.direct) {
    if (!upstream) return undefined;
    throw new ConfigError(`${field}.direct_upstream`, 'is for servers with direct set');
  }
  if (!url) {
    throw new ConfigError(`${field}.direct`, 'is for url servers: Kong proxies to their address');
  }
  for (const [name, isSet, mend] of unkept) {
    if (!isSet(server)) continue;
    throw new ConfigError(`${field}.${name}`, `does not go with direct: ${mend}`);
  }
  const { protocol, hostname, port, host, pathname, search } = new URL(url);
  if (search !== '') {
    const why = 'has a query, which does not go with direct: Kong’s logging plugins write it';
    throw new ConfigError(`${field}.url`, why);
  }
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const verified = scheme === 'https' && server.ssl_verify;
  if (verified && isAddress(hostname)) {
    const why =
      'does not go with direct: nginx verifies names in certificates, not addresses; name the host';
    throw new ConfigError(`${field}.url`, why);
  }
  return {
    scheme,
    host: hostname,
    port: Number(port || (scheme === 'https' ? 443 : 80)),
    authority: host,
    path: pathname,
    upstream: upstream ?? undefined,
    silenceMs: server.timeout,
    verified,
  };
}

/**
 * Kong keeps connections by address and name, whether or not the certificate was looked at: what is not
 * verified must not carry what has to be.
 * @throws ConfigError
 */
export function refuseMixedVerification(
  servers: readonly { readonly name: string; readonly direct?: DirectConfig | undefined }[],
): void {
  const loose = new Map<string, string>();
  for (const { name, direct } of servers) {
    if (direct?.scheme !== 'https' || direct.verified) continue;
    for (const place of placesOf(direct)) loose.set(place, name);
  }
  for (const { name, direct } of servers) {
    if (direct?.verified !== true) continue;
    const other = placesOf(direct).flatMap((place) => loose.get(place) ?? [])[0];
    if (other === undefined) continue;
    const why = `is on, and off for ${other} at the same address: with direct, Kong gives both the same connections`;
    throw new ConfigError(`servers[${name}].ssl_verify`, why);
  }
}

function placesOf({ host, port, upstream }: DirectConfig): readonly string[] {
  return [`${host}:${port}`, ...(upstream === undefined ? [] : [upstream])];
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}
