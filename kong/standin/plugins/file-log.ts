import { appendFileSync } from 'node:fs';
import type { Exchange } from '../exchange.js';
import { flag, record, text } from '../external/handler-info.js';
import type { Handler } from '../external/handler.js';

/** The part of Kong's log entry that concerns plugins; credentials in Authorization are hidden. */
function serialize(exchange: Exchange): Record<string, unknown> {
  const { request, response, headers } = exchange;
  const hidden = ['authorization', 'proxy-authorization'].filter((name) => headers.get(name));
  const { service, ...route } = exchange.route;
  return {
    request: {
      id: exchange.id,
      method: exchange.method,
      uri: request.url,
      headers: {
        ...headers.toObject(),
        ...Object.fromEntries(hidden.map((name) => [name, 'REDACTED'])),
      },
    },
    response: { status: response.statusCode, headers: exchange.answered.toObject() },
    route: { ...route, service: service && { id: service.id } },
    service,
    client_ip: exchange.clientIp,
    started_at: exchange.startedAt,
    authenticated_entity: exchange.credential,
    ...exchange.logged,
  };
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
