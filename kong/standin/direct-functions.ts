import { postFunction, preFunction } from '../direct/functions.js';
import type { Exchange } from './exchange.js';
import { list, record } from './handler-info.js';
import type { Handler } from './handler.js';
import type { Headers } from './headers.js';

/** What mcp-aggregate says of a direct call. */
type DirectCall = Readonly<Record<string, string>>;

/** Client sessions whose last direct call was not known to the server. */
const lost = new Set<string>();
const shown = new Set([
  ...['cache-control', 'connection', 'content-encoding', 'content-length', 'content-type', 'date'],
  ...['retry-after', 'transfer-encoding', 'vary'],
]);

/** The functions of kong/direct and no others. */
function configOf(functions: object): Handler['config'] {
  const phases = Object.entries(functions as Record<string, string>);
  return record(Object.fromEntries(phases.map(([name, text]) => [name, list({ one_of: [text] })])));
}

function callOf({ shared }: Exchange): DirectCall | undefined {
  return shared.get('mcp_direct_call') as DirectCall | undefined;
}

function refuse(exchange: Exchange, code: number, why: string): string {
  const { id, server } = callOf(exchange)!;
  const error = { code, message: `server ${server} ${why}`, data: { server } };
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`;
}

/** Kong's `pre-function` as far as kong/direct has it. */
export const directPreFunction: Handler = {
  priority: 1_000_000,
  bundled: true,
  config: configOf(preFunction),
  access({ shared, headers, upstream }) {
    shared.set('mcp_direct', '1');
    Object.assign(upstream, { host: '127.0.0.1', port: 1, name: '127.0.0.1' });
    headers.delete('mcp-direct-lost');
    if (lost.delete(headers.get('mcp-session-id') ?? '')) headers.set('Mcp-Direct-Lost', '1');
  },
  log(exchange) {
    const call = callOf(exchange);
    if (call === undefined) return;
    const said = Object.entries(call).filter(([name]) => name.startsWith('l:'));
    const values = Object.fromEntries(said.map(([name, value]) => [name.slice(2), value]));
    exchange.logged['mcp'] = { ...values, direct: true };
    exchange.headers.delete('mcp-session-id');
  },
};

/** Kong's `post-function` likewise. */
export const directPostFunction: Handler = {
  priority: -1000,
  bundled: true,
  config: configOf(postFunction),
  async access(exchange) {
    const call = callOf(exchange);
    if (call === undefined) return;
    const { headers, upstream } = exchange;
    const body = await exchange.body();
    if (typeof body === 'string' || body.length !== Number(call['length'])) {
      const why = 'was not called: the request was changed on the way through Kong';
      return exchange.json(200, refuse(exchange, -31001, why));
    }
    exchange.replaceBody(spliced(body, call['edits']!.replaceAll(call['mark']!, exchange.id)));
    const kept = new Set(['content-length', 'host', ...call['keep']!.split(',')]);
    for (const name of Object.keys(headers.toObject())) if (!kept.has(name)) headers.delete(name);
    for (const [name, value] of Object.entries(call)) {
      if (name.startsWith('h:')) headers.set(name.slice(2), value);
    }
    const { scheme, host, port, authority, path } = call;
    Object.assign(upstream, { scheme, host, port: Number(port), name: authority, path, query: '' });
    exchange.silenceMs = Number(call['silence']);
    exchange.unforwarded = true;
    exchange.onAnswer = (status, answer) => guard(exchange, call, status, answer);
  },
};

function spliced(body: Buffer, edits: string): Buffer {
  const packed = Buffer.from(edits);
  const parts: Buffer[] = [];
  let at = 0;
  for (let from = 0; from < packed.length;) {
    const [head, first, last, length] = /^(\d+) (\d+) (\d+):/.exec(
      packed.toString('latin1', from),
    )!;
    const start = from + head.length;
    from = start + Number(length);
    parts.push(body.subarray(at, Number(first)), packed.subarray(start, from));
    at = Number(last);
  }
  return Buffer.concat([...parts, body.subarray(at)]);
}

function guard(
  exchange: Exchange,
  call: DirectCall,
  status: number,
  headers: Headers | undefined,
): string | undefined {
  const { session } = call;
  if (session !== undefined && [400, 401, 403, 404, 407, 410].includes(status)) lost.add(session);
  const [code, why] = wrong(call, status, headers);
  if (why !== undefined) return refuse(exchange, code, why);
  for (const name of Object.keys(headers!.toObject())) if (!shown.has(name)) headers!.delete(name);
  return undefined;
}

function wrong(call: DirectCall, status: number, headers: Headers | undefined): [number, string?] {
  if (headers === undefined) {
    if (status === 504) return [-31002, `did not answer within ${call['silence']} ms`];
    return [-31001, 'cannot be reached'];
  }
  const kind = headers.get('content-type') ?? '';
  const isJson = /^application\/json\b/.test(kind);
  if (status >= 200 && status < 300) {
    if (isJson || /^text\/event-stream\b/.test(kind)) return [0];
    return [-31004, `answered HTTP ${status} with something that is not MCP`];
  }
  if ([401, 403, 407].includes(status)) {
    return [-31001, `refused the request of the gateway (HTTP ${status}): call again`];
  }
  if (call['session'] !== undefined && [404, 410].includes(status)) {
    return [-31001, `no longer knows the session (HTTP ${status}): call again`];
  }
  return isJson && status >= 400 ? [0] : [-31001, `answered HTTP ${status}`];
}
