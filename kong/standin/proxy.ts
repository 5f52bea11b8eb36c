import { pipeline } from 'node:stream/promises';
import { Agent } from 'undici';
import { BodyTooLargeError } from './body.js';
import { serverName } from './exchange.js';
import type { Exchange } from './exchange.js';
import { Headers } from './headers.js';
import { escapePath } from './router.js';
import { serverLog } from './server-log.js';

const agent = new Agent({ keepAliveTimeout: 60_000, keepAliveMaxTimeout: 60_000, pipelining: 1 });

/** Request headers as Kong sends them on. */
function upstreamHeaders(exchange: Exchange, length: number | undefined): string[] {
  const { headers, upstream, match, clientIp } = exchange;
  const via = headers.get('via');
  const forwardedFor = headers.get('x-forwarded-for');
  headers.deleteHopByHop();
  const out = new Headers(headers.raw());
  const standard = upstream.scheme === 'https' ? 443 : 80;
  const port = upstream.port === standard ? '' : `:${upstream.port}`;
  out.set('Host', upstream.fixedHost || `${upstream.host}${port}`);
  out.set('Via', `${via === undefined ? '' : `${via}, `}1.1 ${serverName}`);
  out.set('X-Forwarded-For', `${forwardedFor === undefined ? '' : `${forwardedFor}, `}${clientIp}`);
  out.set('X-Forwarded-Proto', 'http');
  out.set('X-Forwarded-Host', exchange.host);
  out.set('X-Forwarded-Port', String(exchange.port));
  out.set('X-Forwarded-Path', (exchange.request.url ?? '').split('?')[0]!);
  if (match?.prefix === undefined) out.delete('X-Forwarded-Prefix');
  else out.set('X-Forwarded-Prefix', match.prefix);
  out.set('X-Real-IP', clientIp);
  out.set('X-Kong-Request-Id', exchange.id);
  out.delete('Expect');
  out.delete('Content-Length');
  if (length !== undefined) out.set('Content-Length', String(length));
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
    const hasBody = 'content-length' in request.headers || 'transfer-encoding' in request.headers;
    const body = await exchange.body.bytes();
    exchange.proxiedAt = Date.now();
    const timeout = exchange.route.service?.read_timeout ?? 60_000;
    const answer = await agent.request({
      origin: `${upstream.scheme}://${upstream.host}:${upstream.port}`,
      path: `${escapePath(upstream.path)}${upstream.query === '' ? '' : `?${upstream.query}`}`,
      method: upstream.method,
      headers: upstreamHeaders(exchange, hasBody || body.length > 0 ? body.length : undefined),
      body: body.length > 0 ? body : null,
      signal: gone.signal,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      responseHeaders: 'raw',
    });
    exchange.upstreamStatus = answer.statusCode;
    begin(answer.statusCode, new Headers(answer.headers as unknown as string[]));
    await pipeline(answer.body, response);
  } catch (error) {
    if (gone.signal.aborted || response.headersSent) return void response.destroy();
    const { code = '', message } = error as Error & { code?: string };
    serverLog('error', `${message} while reading response header from upstream`);
    if (error instanceof BodyTooLargeError) exchange.error(413, 'Payload too large');
    else if (code.endsWith('TIMEOUT')) exchange.error(504, 'The upstream server is timing out');
    else exchange.error(502, 'An invalid response was received from the upstream server');
  }
}
