import { EnvHttpProxyAgent, Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { log } from '../../../../../lib/log.js';
import {
  checkClientCertificate,
  checkProxies,
  readCertificates,
} from '../../../../../lib/outbound/check-outbound.js';
import { tlsOptions } from '../../../../../lib/outbound/tls-options.js';
import { MissingSecret } from '../../../config/servers/auth-config.js';
import type { ServerConfig } from '../../../config/config.js';
import type { ConnectionConfig } from '../../../config/servers/connection-config.js';

/** Bounds and timers of one pool of connections, times in milliseconds. */
export type PoolTimers = Pick<
  Pool.Options,
  'connections' | 'pipelining' | 'headersTimeout' | 'bodyTimeout'
>;

const verified: ConnectionConfig = { sslVerify: true };

/**
 * Answers what makes pools of connections to a server as its configuration says: which certificates
 * are believed, what is shown, through which proxy. Where the server is and whether it is private is
 * the operator's choice; that it cannot send requests elsewhere is sure, since no redirect is
 * followed.
 * @throws ConfigError for PEM or proxies that cannot be used, naming the field; as MissingSecret for
 *   one that arrived empty
 */
export function serverDispatchers(
  server: ServerConfig,
  connectMs: number,
): (timers: PoolTimers) => Dispatcher {
  const { connection = verified } = server;
  const { origin, protocol } = new URL(server.target);
  const checked = check(`servers[${server.name}].`, connection);
  const timeout = { timeout: connectMs };
  const connect = { ...tlsOptions(checked), ...timeout };
  if (protocol === 'https:' && !checked.sslVerify) {
    log('warn', 'server_not_verified', { server: server.name });
  }
  const { httpProxy = '', httpsProxy = '', noProxy = '' } = checked;
  if (httpProxy === '' && httpsProxy === '')
    return (timers) => new Pool(origin, { ...timers, connect });
  // What is meant for the server is not shown to the proxy.
  const { sslVerify, caCertificates } = checked;
  const proxyTls = { ...tlsOptions({ sslVerify, caCertificates }), ...timeout };
  const tls = { connect, requestTls: connect, proxyTls };
  return (timers) => new EnvHttpProxyAgent({ ...timers, ...tls, httpProxy, httpsProxy, noProxy });
}

function check(prefix: string, connection: ConnectionConfig): ConnectionConfig {
  const { clientCertificate, clientKey } = connection;
  refuseEmpty(`${prefix}ca_certificates`, connection.caCertificates);
  refuseEmpty(`${prefix}client_certificate`, clientCertificate);
  refuseEmpty(`${prefix}client_key`, clientKey);
  refuseEmpty(`${prefix}http_proxy`, connection.httpProxy);
  refuseEmpty(`${prefix}https_proxy`, connection.httpsProxy);
  checkProxies(prefix, connection);
  if (clientCertificate !== undefined && clientKey !== undefined) {
    checkClientCertificate(prefix, clientCertificate, clientKey);
  }
  const caCertificates = readCertificates(`${prefix}ca_certificates`, connection.caCertificates);
  return { ...connection, caCertificates };
}

function refuseEmpty(field: string, value: string | undefined): void {
  if (value?.trim() === '') throw new MissingSecret(field);
}
