import { fewerCalls } from '../../direct/fewer-calls.js';
import { postFunction, preFunction } from '../../direct/functions.js';
import type { KongFunctions } from '../../direct/functions.js';
import type { Exchange } from '../exchange.js';
import { noted } from './noted.js';
import { list, record } from '../external/handler-info.js';
import type { Handler } from '../external/handler.js';
import type { Headers } from '../headers.js';

/** What mcp-aggregate says of a direct call, read as the functions of Kong do. */
interface DirectCall {
  readonly log: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<(typeof fieldNames)[number], string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly edits: string;
}

const fieldNames = [
  ...(['id', 'server', 'scheme', 'host', 'port', 'authority', 'path', 'upstream'] as const),
  ...(['silence', 'verify', 'session', 'length', 'mark', 'keep'] as const),
];

/** Client sessions whose last direct call was not known to the server. */
const lost = new Set<string>();
const shown = new Set([
  ...['cache-control', 'connection', 'content-encoding', 'content-length', 'content-type', 'date'],
  ...['retry-after', 'transfer-encoding', 'vary'],
]);

/** The functions of kong/direct and no others. */
function configOf(functions: KongFunctions, more: KongFunctions = {}): Handler['config'] {
  const phases = Object.keys(functions) as (keyof KongFunctions)[];
  const known = (phase: keyof KongFunctions): string[] =>
    [functions[phase], more[phase]].filter((text) => text !== undefined);
  return record(Object.fromEntries(phases.map((phase) => [phase, list({ one_of: known(phase) })])));
}

function callOf({ shared }: Exchange): DirectCall | undefined {
  const text = shared.get('mcp_direct_call');
  if (typeof text !== 'string') return undefined;
  const [log = '', ...rest] = text.split('\n\n');
  const lines = rest.join('\n\n').split('\n');
  const fields = Object.fromEntries(fieldNames.map((name, n) => [name, lines[n] ?? '']));
  const own = lines.slice(fieldNames.length);
  const end = own.indexOf('');
  return {
    log: pairs(log.split('\n')),
    fields: fields as DirectCall['fields'],
    headers: pairs(own.slice(0, end)),
    edits: own.slice(end + 1).join('\n'),
  };
}

/** Names and values in turn. */
function pairs(lines: readonly string[]): Record<string, string> {
  const names = lines.filter((_, n) => n % 2 === 0);
  return Object.fromEntries(names.map((name, n) => [name, lines[2 * n + 1] ?? '']));
}

function refuse(exchange: Exchange, code: number, why: string): string {
  const { id, server } = callOf(exchange)!.fields;
  const error = { code, message: `server ${server} ${why}`, data: { server } };
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`;
}

/** Kong's `pre-function` as far as kong/direct has it. */
export const directPreFunction: Handler = {
  priority: 1_000_000,
  bundled: true,
  config: configOf(preFunction, { access: fewerCalls }),
  access(exchange, { config }) {
    const functions = (config['access'] ?? []) as readonly string[];
    if (functions.includes(fewerCalls)) exchange.answersNames = true;
    if (!functions.includes(preFunction.access)) return;
    const { shared, headers, upstream } = exchange;
    shared.set('mcp_direct', '1');
    Object.assign(upstream, { host: '127.0.0.1', port: 1, name: '127.0.0.1' });
    headers.delete('mcp-direct-lost');
    if (lost.delete(headers.get('mcp-session-id') ?? '')) headers.set('Mcp-Direct-Lost', '1');
  },
  log(exchange) {
    const call = callOf(exchange);
    if (call === undefined) return;
    exchange.logged['mcp'] = { ...noted(call.log), direct: true };
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
    const { scheme, host, port, authority, path, silence, verify, length, mark, keep } =
      call.fields;
    const body = await exchange.body();
    if (typeof body === 'string' || body.length !== Number(length)) {
      const why = 'was not called: the request was changed on the way through Kong';
      return exchange.json(200, refuse(exchange, -31001, why));
    }
    const edits = mark === '' ? call.edits : call.edits.replaceAll(mark, exchange.id);
    exchange.replaceBody(spliced(body, edits));
    const kept = new Set(['content-length', 'host', ...keep.split(',')]);
    for (const name of Object.keys(headers.toObject())) if (!kept.has(name)) headers.delete(name);
    headers.setAll(call.headers);
    Object.assign(upstream, { scheme, host, port: Number(port), name: authority, path, query: '' });
    exchange.silenceMs = Number(silence);
    exchange.unforwarded = true;
    exchange.unverified = verify === '';
    exchange.onAnswer = (status, answer) => guard(exchange, call.fields, status, answer);
  },
};

function spliced(body: Buffer, edits: string): Buffer {
  const packed = Buffer.from(edits);
  const parts: Buffer[] = [];
  let [at, from] = [0, 0];
  for (;;) {
    const found = /^(\d+) (\d+) (\d+):/.exec(packed.toString('latin1', from, from + 64));
    if (found === null) return Buffer.concat([...parts, body.subarray(at)]);
    const [head, first, last, length] = found;
    const start = from + head.length;
    from = start + Number(length);
    parts.push(body.subarray(at, Number(first)), packed.subarray(start, from));
    at = Number(last);
  }
}

function guard(
  exchange: Exchange,
  call: DirectCall['fields'],
  status: number,
  headers: Headers | undefined,
): string | undefined {
  const { session } = call;
  if (session !== '' && [400, 401, 403, 404, 407, 410].includes(status)) lost.add(session);
  const [code, why] = wrong(call, status, headers);
  if (why !== undefined) return refuse(exchange, code, why);
  for (const name of Object.keys(headers!.toObject())) if (!shown.has(name)) headers!.delete(name);
  return undefined;
}

function wrong(
  call: DirectCall['fields'],
  status: number,
  headers: Headers | undefined,
): [number, string?] {
  if (headers === undefined) {
    if (status === 504) return [-31002, `did not answer within ${call.silence} ms`];
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
  if (call.session !== '' && [404, 410].includes(status)) {
    return [-31001, `no longer knows the session (HTTP ${status}): call again`];
  }
  return isJson && status >= 400 ? [0] : [-31001, `answered HTTP ${status}`];
}
