import { decodeArgs, encodeResult } from '../pluginserver/pdk-methods.js';
import { BodyTooLargeError } from './body.js';
import type { Exchange } from './exchange.js';
import { serialize } from './file-log.js';
import { serverLog } from './server-log.js';

// The decoder answers what the method's shape says, so the handlers below may name the types.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Method = (exchange: Exchange, ...args: any[]) => unknown;
type Values = Readonly<Record<string, string | readonly string[]>>;

const text = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
const ip: Method = ({ clientIp }) => clientIp;
const scheme: Method = () => 'http';
const host: Method = ({ host: name }) => name;
const port: Method = ({ port: number }) => number;
const write =
  (level: 'error' | 'warn' | 'notice' | 'info'): Method =>
  (_, ...parts: unknown[]) =>
    serverLog(level, `[kong] ${parts.map(text).join('')}`);

async function rawBody({ body }: Exchange): Promise<unknown> {
  const read = await body.read();
  return typeof read === 'string' ? { bodyFilepath: read } : { content: read };
}

const methods: Readonly<Record<string, Method>> = {
  'kong.client.get_ip': ip,
  'kong.client.get_forwarded_ip': ip,
  'kong.client.get_protocol': scheme,
  'kong.client.get_credential': ({ credential }) => credential,
  'kong.client.get_consumer': () => undefined,
  'kong.client.load_consumer': () => undefined,
  'kong.client.authenticate': (exchange, who: { credential?: { id: string } }) => {
    exchange.credential = who.credential;
  },
  'kong.ctx.shared.get': ({ shared }, key: string) => shared.get(key),
  'kong.ctx.shared.set': ({ shared }, key: string, value) => void shared.set(key, value),
  'kong.log.alert': write('error'),
  'kong.log.crit': write('error'),
  'kong.log.err': write('error'),
  'kong.log.warn': write('warn'),
  'kong.log.notice': write('notice'),
  'kong.log.info': write('info'),
  'kong.log.debug': () => undefined,
  'kong.log.set_serialize_value': ({ logged }, key: string, value) =>
    void logged.push([key, value]),
  'kong.log.serialize': (exchange) => JSON.stringify(serialize(exchange)),
  'kong.nginx.get_var': ({ id }, name: string) => (name === 'kong_request_id' ? id : undefined),
  'kong.nginx.get_ctx': () => undefined,
  'kong.nginx.req_start_time': ({ startedAt }) => startedAt / 1000,
  'kong.request.get_scheme': scheme,
  'kong.request.get_host': host,
  'kong.request.get_port': port,
  'kong.request.get_forwarded_scheme': scheme,
  'kong.request.get_forwarded_host': host,
  'kong.request.get_forwarded_port': port,
  'kong.request.get_http_version': ({ request }) => Number(request.httpVersion),
  'kong.request.get_method': ({ method }) => method,
  'kong.request.get_path': ({ path }) => path,
  'kong.request.get_path_with_query': ({ path, query }) => (query ? `${path}?${query}` : path),
  'kong.request.get_raw_query': ({ query }) => query,
  'kong.request.get_query_arg': ({ query }, name: string) => new URLSearchParams(query).get(name),
  'kong.request.get_query': ({ query }) => Object.fromEntries(new URLSearchParams(query)),
  'kong.request.get_header': ({ headers }, name: string) => headers.get(name),
  'kong.request.get_headers': ({ headers }, most: number) => headers.toObject(most || 100),
  'kong.request.get_raw_body': rawBody,
  'kong.response.set_header': ({ answerHeaders }, name: string, value) =>
    answerHeaders.set(name, text(value)),
  'kong.response.add_header': ({ answerHeaders }, name: string, value) =>
    answerHeaders.add(name, text(value)),
  'kong.response.clear_header': ({ answerHeaders }, name: string) => answerHeaders.delete(name),
  'kong.response.exit': (exchange, status: number, body?: Buffer, headers?: Values) => {
    for (const [name, value] of Object.entries(headers ?? {})) {
      exchange.answerHeaders.set(name, Array.isArray(value) ? value : text(value));
    }
    exchange.exit(status, body);
  },
  'kong.router.get_route': ({ route }) => route,
  'kong.router.get_service': ({ route }) => route.service,
  'kong.service.set_target': ({ upstream }, name: string, number: number) =>
    void Object.assign(upstream, { host: name, port: number, fixedHost: name }),
  'kong.service.request.set_scheme': ({ upstream }, value: string) => (upstream.scheme = value),
  'kong.service.request.set_path': ({ upstream }, value: string) => (upstream.path = value),
  'kong.service.request.set_raw_query': ({ upstream }, value: string) => (upstream.query = value),
  'kong.service.request.set_method': ({ upstream }, value: string) => (upstream.method = value),
  'kong.service.request.set_header': ({ headers }, name: string, value) =>
    headers.set(name, text(value)),
  'kong.service.request.add_header': ({ headers }, name: string, value) =>
    headers.add(name, text(value)),
  'kong.service.request.clear_header': ({ headers }, name: string) => headers.delete(name),
  'kong.service.request.set_headers': ({ headers }, all: Values) => {
    for (const [name, value] of Object.entries(all)) headers.set(name, value);
  },
  'kong.service.request.set_raw_body': ({ body }, bytes: Buffer) => body.replace(bytes),
};

/** Carries out one PDK call and answers its result frame. @throws Error for an unknown method */
export async function callPdk(exchange: Exchange, name: string, args: Buffer): Promise<Buffer> {
  const method = methods[name];
  if (method === undefined) throw new Error(`method "${name}" not found`);
  try {
    return encodeResult(name, await method(exchange, ...decodeArgs(name, args)));
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    exchange.error(413, 'Payload too large');
    return Buffer.alloc(0);
  }
}
