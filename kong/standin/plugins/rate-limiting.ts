import type { Exchange } from '../exchange.js';
import { record, text } from '../external/handler-info.js';
import type { Handler } from '../external/handler.js';

const periods = { Second: 1, Minute: 60, Hour: 3600, Day: 86400 } as const;
const limit = { type: 'number', gt: 0 } as const;
const counters = new Map<string, { start: number; count: number }>();

/** What `limit_by` counts; the address of the client where the request has none of it. */
function caller(exchange: Exchange, config: object): string {
  const { headers, consumer, credential, route, clientIp } = exchange;
  const { limit_by, header_name } = config as { limit_by: string; header_name: string | null };
  const known: Readonly<Record<string, string | undefined>> = {
    header: headers.get(header_name ?? ''),
    service: route.service?.id,
    consumer: consumer?.id ?? credential?.id,
    credential: credential?.id,
  };
  return known[limit_by] ?? clientIp;
}

function counter(key: string, start: number): { start: number; count: number } {
  const known = counters.get(key);
  if (known?.start === start) return known;
  if (counters.size > 100_000) counters.clear();
  const fresh = { start, count: 0 };
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
      header_name: text,
      policy: { type: 'string', default: 'local', one_of: ['local'] },
    },
    [{ at_least_one_of: ['second', 'minute', 'hour', 'day'] }],
  ),
  access(exchange, { id, config }) {
    const now = Math.floor(Date.now() / 1000);
    const who = caller(exchange, config);
    const usage = Object.entries(periods).flatMap(([period, seconds]) => {
      const most = config[period.toLowerCase()];
      if (typeof most !== 'number') return [];
      const used = counter(`${id}:${period}:${who}`, now - (now % seconds));
      return [{ period, seconds, most, used, left: most - used.count }];
    });
    const over = usage.some(({ left }) => left <= 0);
    for (const one of usage) {
      if (!over) one.used.count += 1;
      one.left = Math.max(0, one.most - one.used.count);
    }
    const [tightest] = usage.toSorted((a, b) => a.left - b.left || b.seconds - a.seconds);
    if (tightest !== undefined) {
      const reset = Math.max(1, tightest.seconds - (now % tightest.seconds));
      for (const { period, most, left } of usage) {
        exchange.answerHeaders.set(`X-RateLimit-Limit-${period}`, most);
        exchange.answerHeaders.set(`X-RateLimit-Remaining-${period}`, left);
      }
      exchange.answerHeaders.setAll({
        'RateLimit-Limit': tightest.most,
        'RateLimit-Remaining': tightest.left,
        'RateLimit-Reset': reset,
        'Retry-After': over ? reset : undefined,
      });
    }
    if (over) exchange.error(429, 'API rate limit exceeded');
  },
};
