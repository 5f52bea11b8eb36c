import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Agent } from 'undici';
import { BodyTooLargeError } from './body.js';
import { serverName } from './exchange.js';
import type { Exchange } from './exchange.js';
import { Headers } from './headers.js';
import { escapePath } from './router.js';
import { serverLog } from './server-log.js';

const keptAlive = { keepAliveTimeout: 60_000, keepAliveMaxTimeout: 60_000, pipelining: 1 };
const agent = new Agent(keptAlive);
const unverifying = new Agent({ ...keptAlive, connect: { rejectUnauthorized: false } });

const forwarded = [
  'Via',
  ...['For', 'Proto', 'Host', 'Port', 'Path', 'Prefix'].map((part) => `X-Forwarded-${part}`),
];

/** Request headers as Kong sends them on. */
function upstreamHeaders(exchange: Exchange, length: number | undefined): string[] {
  const { headers, upstream, clientIp } = exchange;
  const join = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join(', ');
  const port =
    upstream.port === (upstream.scheme === 'https' ? 443 : 80) ? '' : `:${upstream.port}`;
  const out = new Headers(headers.raw());
  out.deleteHopByHop();
  out.setAll({
    Host: upstream.name || `${upstream.host}${port}`,
    Via: join(headers.get('via'), `1.1 ${serverName}`),
    'X-Forwarded-For': join(headers.get('x-forwarded-for'), clientIp),
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Host': exchange.host,
    'X-Forwarded-Port': exchange.port,
    'X-Forwarded-Path': exchange.request.url?.split('?')[0],
    'X-Forwarded-Prefix': exchange.match?.prefix,
    'X-Real-IP': clientIp,
    'X-Kong-Request-Id': exchange.id,
    'Content-Length': length,
    Expect: undefined,
  });
  if (exchange.unforwarded) for (const name of forwarded) out.delete(name);
  return out.raw();
}

/**
 * Sends the request to its upstream and the answer to the client, both as they flow. A request is
 * never sent twice. `begin` is called when the answer's head is there.
 */
export async function proxy(
  exchange: Exchange,
  begin: (status: number, headers: Headers) => void,
): Promise<void> {
  const { upstream, request, response } = exchange;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const read = await exchange.body();
    const body = typeof read === 'string' ? await readFile(read) : read;
    const bodiless = body.length === 0 && request.headers['content-length'] === undefined;
    exchange.proxiedAt = Date.now();
    const timeout = exchange.silenceMs ?? exchange.route.service?.read_timeout ?? 60_000;
    const answer = await (exchange.unverified ? unverifying : agent).request({
      origin: `${upstream.scheme}://${upstream.host}:${upstream.port}`,
      path: `${escapePath(upstream.path)}${upstream.query && `?${upstream.query}`}`,
      method: upstream.method,
      headers: upstreamHeaders(exchange, bodiless ? undefined : body.length),
      body: body.length > 0 ? body : null,
      signal: gone.signal,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      responseHeaders: 'raw',
    });
    const headers = new Headers(answer.headers as unknown as string[]);
    const instead = exchange.onAnswer?.(answer.statusCode, headers);
    if (instead !== undefined) {
      answer.body.on('error', () => {}).destroy();
      return exchange.json(200, instead);
    }
    begin(answer.statusCode, headers);
    await pipeline(answer.body, response);
  } catch (error) {
    if (gone.signal.aborted || response.headersSent) return void response.destroy();
    const { code = '', message } = error as Error & { code?: string };
    serverLog('error', `${message} while reading response header from upstream`);
    const instead = exchange.onAnswer?.(code.endsWith('TIMEOUT') ? 504 : 502, undefined);
    if (instead !== undefined) exchange.json(200, instead);
    else if (error instanceof BodyTooLargeError) exchange.error(413, 'Payload too large');
    else if (code.endsWith('TIMEOUT')) exchange.error(504, 'The upstream server is timing out');
    else exchange.error(502, 'An invalid response was received from the upstream server');
  }
}
