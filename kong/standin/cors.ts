import type { Exchange } from './exchange.js';
import type { Handler } from './handler.js';
import { flag, list, record } from './specs.js';

interface Config {
  readonly origins: readonly string[] | null;
  readonly headers: readonly string[] | null;
  readonly exposed_headers: readonly string[] | null;
  readonly methods: readonly string[];
  readonly max_age: number | null;
  readonly credentials: boolean;
  readonly preflight_continue: boolean;
}

const methods = 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT'.split(',');

function isPreflight({ method, headers }: Exchange): boolean {
  const asked = headers.get('origin') && headers.get('access-control-request-method');
  return method === 'OPTIONS' && Boolean(asked);
}

function allowOrigin({ headers, answerHeaders: out }: Exchange, config: Config): void {
  const allowed = config.origins ?? [];
  const origin = headers.get('origin');
  const all = allowed.length === 0 || allowed.includes('*');
  const match = allowed.length === 1 ? allowed[0] : allowed.find((one) => one === origin);
  const value = all ? ((config.credentials ? origin : undefined) ?? '*') : match;
  if (value !== '*') out.add('vary', 'Origin');
  if (value !== undefined) out.set('Access-Control-Allow-Origin', value);
  if (config.credentials && value !== '*') out.set('Access-Control-Allow-Credentials', 'true');
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
    preflight_continue: flag(false),
  }),
  access(exchange, { config: given }) {
    const config = given as unknown as Config;
    if (!isPreflight(exchange) || config.preflight_continue) return;
    const out = exchange.answerHeaders;
    allowOrigin(exchange, config);
    const asked = exchange.headers.get('access-control-request-headers');
    const headers = config.headers?.length ? config.headers.join(',') : asked;
    if (headers !== undefined) out.set('Access-Control-Allow-Headers', headers);
    out.set('Access-Control-Allow-Methods', config.methods.join(','));
    if (config.max_age !== null) out.set('Access-Control-Max-Age', String(config.max_age));
    exchange.exit(200);
  },
  headers(exchange, { config: given }) {
    const config = given as unknown as Config;
    if (isPreflight(exchange)) return;
    allowOrigin(exchange, config);
    const exposed = config.exposed_headers?.join(',');
    if (exposed) exchange.answerHeaders.set('Access-Control-Expose-Headers', exposed);
  },
};
