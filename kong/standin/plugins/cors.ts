import type { Exchange } from '../exchange.js';
import { flag, list, record } from '../external/handler-info.js';
import type { Handler } from '../external/handler.js';

interface Config {
  readonly origins: readonly string[] | null;
  readonly headers: readonly string[] | null;
  readonly exposed_headers: readonly string[] | null;
  readonly methods: readonly string[];
  readonly max_age: number | null;
  readonly credentials: boolean;
}

const methods = 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT'.split(',');

const isPreflight = ({ method, headers }: Exchange): boolean =>
  method === 'OPTIONS' && !!headers.get('origin') && !!headers.get('access-control-request-method');

function allowOrigin({ headers, answerHeaders: out }: Exchange, config: Config): void {
  const { origins, credentials } = config;
  const origin = headers.get('origin');
  const all = !origins?.length || origins.includes('*');
  const named = origins?.length === 1 ? origins[0] : origins?.find((one) => one === origin);
  const value = all ? ((credentials ? origin : undefined) ?? '*') : named;
  if (value !== '*') out.add('vary', 'Origin');
  if (value !== undefined) out.set('Access-Control-Allow-Origin', value);
  if (credentials && value !== '*') out.set('Access-Control-Allow-Credentials', 'true');
}

/** Kong's `cors` with origins by name, not by regular expression. */
export const cors: Handler = {
  priority: 2000,
  bundled: true,
  config: record({
    origins: list({ match: '^[%w.:/*-]+$' }),
    headers: list(),
    exposed_headers: list(),
    methods: { ...list({ one_of: methods }), default: methods },
    max_age: { type: 'number' },
    credentials: flag(false),
  }),
  access(exchange, { config: given }) {
    if (!isPreflight(exchange)) return;
    const config = given as unknown as Config;
    allowOrigin(exchange, config);
    exchange.answerHeaders.setAll({
      'Access-Control-Allow-Headers':
        config.headers?.join(',') || exchange.headers.get('access-control-request-headers'),
      'Access-Control-Allow-Methods': config.methods.join(','),
      'Access-Control-Max-Age': config.max_age ?? undefined,
    });
    exchange.exit(200);
  },
  headers(exchange, { config: given }) {
    if (isPreflight(exchange)) return;
    const config = given as unknown as Config;
    allowOrigin(exchange, config);
    const exposed = config.exposed_headers?.join(',');
    if (exposed) exchange.answerHeaders.set('Access-Control-Expose-Headers', exposed);
  },
};
