import { ConfigError } from '../../../../lib/errors/errors.js';
import type { TlsSettings } from '../../../../lib/outbound/tls-options.js';
import type { ServerKongConfig } from '../../../../schema/mcp-aggregate.js';
import { readForwardHeaders } from './forward-config.js';

/** How a `url` or `route` server is connected to. Holds secrets: never log it. */
export interface ConnectionConfig extends TlsSettings {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
  /** Names of client headers that the server gets with calls, in lower case. */
  readonly forwardHeaders?: readonly string[];
}

const tlsFields = ['client_certificate', 'client_key', 'ssl_server_name'] as const;
const proxyFields = ['http_proxy', 'https_proxy', 'no_proxy'] as const;
const fields = [
  ...tlsFields,
  'ca_certificates',
  ...proxyFields,
] as const satisfies readonly (keyof ServerKongConfig)[];

/**
 * Reads how a server is connected to; what PEM and proxies hold is looked at when it is.
 * @param field names the server
 * @throws ConfigError naming the field, for what can have no effect
 */
export function readConnection(field: string, server: ServerKongConfig): ConnectionConfig {
  const isGiven = (name: (typeof fields)[number]) => (server[name] ?? undefined) !== undefined;
  const { url, route } = server;
  // Kong's address may be the one that the process knows.
  const address = url ?? (route && (route.kong_url ?? 'https:'));
  if (server.stdio) refuse(field, fields.find(isGiven), 'is not for stdio servers');
  else if (address && !/^https:/i.test(address)) {
    refuse(field, tlsFields.find(isGiven), 'is for https servers only');
  }
  if (route) refuse(field, proxyFields.find(isGiven), 'is for url servers only');
  const [certificate, key] = [isGiven('client_certificate'), isGiven('client_key')];
  if (certificate !== key) {
    refuse(field, certificate ? 'client_certificate' : 'client_key', 'needs the other one of them');
  }
  return {
    sslVerify: server.ssl_verify,
    caCertificates: server.ca_certificates ?? undefined,
    clientCertificate: server.client_certificate ?? undefined,
    clientKey: server.client_key ?? undefined,
    serverName: server.ssl_server_name ?? undefined,
    httpProxy: server.http_proxy ?? undefined,
    httpsProxy: server.https_proxy ?? undefined,
    noProxy: server.no_proxy ?? undefined,
    forwardHeaders: readForwardHeaders(field, server),
  };
}

function refuse(server: string, name: string | undefined, why: string): void {
  if (name !== undefined) throw new ConfigError(`${server}.${name}`, why);
}
