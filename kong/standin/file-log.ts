import { appendFileSync } from 'node:fs';
import type { Exchange } from './exchange.js';
import { flag, record, text } from './handler.js';
import type { Handler } from './handler.js';

/** The log entry; credentials in Authorization are hidden, nothing else is. */
function serialize(exchange: Exchange): Record<string, unknown> {
  const { request, response, upstream, startedAt, proxiedAt, answeredAt, headers } = exchange;
  const hidden = ['authorization', 'proxy-authorization'].filter((name) => headers.get(name));
  const now = Date.now();
  const { service, ...route } = exchange.route;
  const entry: Record<string, unknown> = {
    request: {
      id: exchange.id,
      method: exchange.method,
      uri: request.url,
      url: `http://${exchange.host}:${exchange.port}${request.url}`,
      querystring: Object.fromEntries(new URLSearchParams(exchange.query)),
      headers: {
        ...headers.toObject(),
        ...Object.fromEntries(hidden.map((name) => [name, 'REDACTED'])),
      },
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
      receive: now - (answeredAt ?? now),
    },
    route: { ...route, service: service && { id: service.id } },
    service,
    upstream_uri: upstream.path,
    upstream_status: proxiedAt === undefined ? '' : String(response.statusCode),
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
  if (rest.length === 0) return void (entry[key] = value ?? undefined);
  place((entry[key] ??= {}) as Record<string, unknown>, rest, value);
}

/** Kong's `file-log`: one JSON line per request. */
export const fileLog: Handler = {
  priority: 9,
  bundled: true,
  config: record({ path: { ...text, required: true }, reopen: flag(false) }),
  log(exchange, { config }) {
    appendFileSync(String(config['path']), `${JSON.stringify(serialize(exchange))}\n`, {
      mode: 0o644,
    });
  },
};
