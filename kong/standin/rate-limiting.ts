import type { Exchange } from './exchange.js';
import type { Handler } from './handler.js';
import { flag, record } from './specs.js';

interface Config {
  readonly limit_by: 'consumer' | 'credential' | 'ip' | 'service' | 'header';
  readonly header_name: string | null;
  readonly hide_client_headers: boolean;
  readonly error_code: number;
  readonly error_message: string;
}

const periods = { second: 1, minute: 60, hour: 3600, day: 86400 } as const;
const limit = { type: 'number', gt: 0 } as const;

function identifier({ headers, credential, route, clientIp }: Exchange, config: Config): string {
  switch (config.limit_by) {
    case 'header':
      return headers.get(config.header_name ?? '') ?? clientIp;
    case 'service':
      return route.service?.id ?? clientIp;
    case 'ip':
      return clientIp;
    case 'consumer':
    case 'credential':
      return credential?.id ?? clientIp;
  }
}

/** Requests by period, plugin and caller; emptied whenever a new second begins a new window. */
const counters = new Map<string, { windowStart: number; count: number }>();

function count(key: string, windowStart: number): { windowStart: number; count: number } {
  const known = counters.get(key);
  if (known?.windowStart === windowStart) return known;
  if (counters.size > 100_000) counters.clear();
  const fresh = { windowStart, count: 0 };
  counters.set(key, fresh);
  return fresh;
}

/** Kong's `rate-limiting` with the policy `local`: fixed windows, counted in this process. */
export const rateLimiting: Handler = {
  priority: 910,
  bundled: true,
  config: record(
    {
      second: limit,
      minute: limit,
      hour: limit,
      day: limit,
      limit_by: {
        type: 'string',
        default: 'consumer',
        one_of: ['consumer', 'credential', 'ip', 'service', 'header'],
      },
      header_name: { type: 'string' },
      policy: { type: 'string', default: 'local', one_of: ['local'] },
      fault_tolerant: flag(true),
      hide_client_headers: flag(false),
      error_code: { ...limit, default: 429 },
      error_message: { type: 'string', default: 'API rate limit exceeded' },
    },
    [{ at_least_one_of: ['second', 'minute', 'hour', 'day'] }],
  ),
  access(exchange, { id, config: given }) {
    const config = given as unknown as Config;
    const now = Math.floor(Date.now() / 1000);
    const who = identifier(exchange, config);
    const usage = Object.entries(periods).flatMap(([period, seconds]) => {
      const most = given[period];
      if (typeof most !== 'number') return [];
      const counter = count(`${id}:${period}:${who}`, now - (now % seconds));
      return [{ period, seconds, most, counter, left: most - counter.count }];
    });
    const over = usage.some(({ left }) => left <= 0);
    for (const { counter } of over ? [] : usage) counter.count += 1;
    const shown = usage.map((one) => ({ ...one, left: Math.max(0, one.left - Number(!over)) }));
    const [tightest] = shown.sort((a, b) => a.left - b.left || b.seconds - a.seconds);
    if (!config.hide_client_headers && tightest !== undefined) {
      const out = exchange.answerHeaders;
      const reset = String(Math.max(1, tightest.seconds - (now % tightest.seconds)));
      for (const { period, most, left } of shown) {
        const name = period.charAt(0).toUpperCase() + period.slice(1);
        out.set(`X-RateLimit-Limit-${name}`, String(most));
        out.set(`X-RateLimit-Remaining-${name}`, String(left));
      }
      out.set('RateLimit-Limit', String(tightest.most));
      out.set('RateLimit-Remaining', String(tightest.left));
      out.set('RateLimit-Reset', reset);
      if (over) out.set('Retry-After', reset);
    }
    if (over) exchange.error(config.error_code, config.error_message);
  },
};
