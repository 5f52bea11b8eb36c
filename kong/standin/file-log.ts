import { appendFileSync } from 'node:fs';
import { serverLog } from './server-log.js';
import type { Exchange } from './exchange.js';
import type { Handler } from './handler.js';
import { flag, record } from './specs.js';

/** What `kong.log.serialize` answers; Authorization headers are redacted, nothing else is. */
export function serialize(exchange: Exchange): Record<string, unknown> {
  const { request, response, path, upstream, startedAt } = exchange;
  const { upstreamStatus, proxiedAt, answeredAt } = exchange;
  const headers = exchange.headers.toObject();
  for (const name of ['authorization', 'proxy-authorization']) {
    if (headers[name] !== undefined) headers[name] = 'REDACTED';
  }
  const now = Date.now();
  const { service, ...route } = exchange.route;
  const entry: Record<string, unknown> = {
    request: {
      id: exchange.id,
      method: exchange.method,
      uri: request.url,
      url: `http://${exchange.host}:${exchange.port}${request.url}`,
      querystring: Object.fromEntries(new URLSearchParams(exchange.query)),
      headers,
      size: request.socket.bytesRead,
    },
    response: {
      status: response.statusCode,
      headers: exchange.answered.toObject(),
      size: response.socket?.bytesWritten ?? 0,
    },
    latencies: {
      request: now - startedAt,
      kong: (proxiedAt ?? answeredAt ?? now) - startedAt,
      proxy: proxiedAt === undefined ? -1 : (answeredAt ?? now) - proxiedAt,
      receive: answeredAt === undefined ? 0 : now - answeredAt,
    },
    route: { ...route, service: service && { id: service.id } },
    service: service ?? undefined,
    upstream_uri: upstream.path || path,
    upstream_status: upstreamStatus === undefined ? '' : String(upstreamStatus),
    source: proxiedAt === undefined ? 'kong' : 'upstream',
    client_ip: exchange.clientIp,
    started_at: startedAt,
    authenticated_entity: exchange.credential,
  };
  for (const [key, value] of exchange.logged) place(entry, key.split('.'), value);
  return entry;
}

/** Dots in the key go down into members, made where they are missing. */
function place(entry: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    entry[key] = value ?? undefined;
    return;
  }
  entry[key] ??= {};
  place(entry[key] as Record<string, unknown>, rest, value);
}

/** Kong's `file-log`: one JSON line per request. */
export const fileLog: Handler = {
  priority: 9,
  bundled: true,
  config: record({ path: { type: 'string', required: true }, reopen: flag(false) }),
  log(exchange, { config }) {
    try {
      appendFileSync(String(config['path']), `${JSON.stringify(serialize(exchange))}\n`, {
        mode: 0o644,
      });
    } catch (error) {
      serverLog('error', `[file-log] failed to open the file: ${(error as Error).message}`);
    }
  },
};
