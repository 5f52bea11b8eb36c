import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { cors } from './plugins/cors.js';
import { directPostFunction, directPreFunction } from './plugins/direct-functions.js';
import { Exchange, serverName } from './exchange.js';
import { ExternalHandler } from './external/external.js';
import type { Description } from './external/external.js';
import { fileLog } from './plugins/file-log.js';
import type { Handler } from './external/handler.js';
import { Headers } from './headers.js';
import { Model } from './model.js';
import type { Plugin } from './model.js';
import { proxy } from './proxy.js';
import { rateLimiting } from './plugins/rate-limiting.js';
import { Router } from './router.js';
import type { RouteMatch } from './router.js';
import { serverLog } from './server-log.js';
import type { Settings } from './settings.js';

/** nginx takes a header line of 8 KiB. */
const longestHeader = 8_150;

interface Dump {
  readonly Protocol?: string;
  readonly Plugins?: readonly Description[];
}

/** Kong starts with no schema in which a field's description is shorter or longer than this. */
function checkedDescription(key: string, value: unknown): unknown {
  const length = key === 'description' && typeof value === 'string' && Buffer.byteLength(value);
  if (typeof length !== 'number' || (length >= 10 && length <= 500)) return value;
  throw new Error(`a schema's description must have 10 to 500 bytes: ${String(value)}`);
}

function describe(command: string): Description {
  const output = execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
  const dump = JSON.parse(output, checkedDescription) as Dump;
  if (dump.Protocol === 'ProtoBuf:1' && dump.Plugins?.[0]) return dump.Plugins[0];
  throw new Error(`[${command}] does not describe a ProtoBuf:1 plugin`);
}

/** The value of `{vault://env/name}`. */
function environmentVault(reference: string): string {
  const name = /^\{vault:\/\/env\/([\w-]+)\}$/.exec(reference)?.[1] ?? '';
  return process.env[name.toUpperCase().replaceAll('-', '_')] ?? '';
}

/** One configuration and all that serves it; a reload makes a new one beside the old. */
export class Gateway {
  readonly #settings: Settings;
  readonly #model: Model;
  readonly #router: Router;
  #active = 0;
  #idle: (() => void) | undefined;

  /**
   * @param yaml the declarative configuration; default: that of the settings' file
   * @throws Error when a query command or the declarative configuration is not in order
   */
  constructor(settings: Settings, yaml = readFileSync(settings.declarative, 'utf8')) {
    const handlers = new Map<string, Handler>([
      ['cors', cors],
      ['pre-function', directPreFunction],
      ['post-function', directPostFunction],
      ['rate-limiting', rateLimiting],
      ['file-log', fileLog],
    ]);
    for (const { queryCommand, socket } of settings.pluginServers) {
      const description = describe(queryCommand);
      handlers.set(description.Name, new ExternalHandler(description, socket));
    }
    this.#settings = settings;
    this.#model = new Model(yaml, handlers, settings.plugins, environmentVault);
    this.#router = new Router(this.#model.routes);
  }

  /** Entities of a kind, for the Admin API. */
  listed(kind: string): readonly object[] {
    return this.#model.listed(kind);
  }

  /** Settles once no request is under way any more. */
  async drained(): Promise<void> {
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#active += 1;
    const exchange = new Exchange(request, response, this.#settings);
    const { method, host, path, headers } = exchange;
    const match = this.#router.match(method, host, path, headers);
    exchange.match = match;
    exchange.consumers = this.#model.consumers;
    exchange.plugins = match === undefined ? [] : this.#model.chain(match.route);
    response.once('close', () => {
      finish(exchange);
      this.#active -= 1;
      if (this.#active === 0) this.#idle?.();
    });
    if (match === undefined) exchange.error(404, 'no Route matched with those values');
    else await run(exchange, match);
    if (exchange.answer === undefined) return;
    const { status, body } = exchange.answer;
    writeHead(exchange, status, new Headers(['Content-Length', String(body.length)]));
    response.end(body);
  }
}

/** The model hands out what it was given by this file. */
function handlerOf({ handler }: Plugin): Handler {
  return handler;
}

async function run(exchange: Exchange, { route, upstreamPath: path }: RouteMatch): Promise<void> {
  const { request, headers, plugins, method, query } = exchange;
  const { maxBody } = exchange.settings;
  const repeated = ['authorization', 'host'].some((name) => headers.all(name).length > 1);
  if (repeated) return exchange.error(400, 'Bad request');
  if (request.rawHeaders.some((text) => text.length > longestHeader)) {
    return exchange.error(400, 'Request header or cookie too large');
  }
  if (maxBody > 0 && Number(request.headers['content-length'] ?? 0) > maxBody) {
    return exchange.error(413, 'Payload too large');
  }
  const { protocol: scheme = 'http', host = '', port = 0 } = route.service ?? {};
  const name = route.preserve_host ? (headers.get('host') ?? '') : '';
  Object.assign(exchange.upstream, { scheme, host, port, name, method, path, query });
  for (const plugin of plugins) {
    await handlerOf(plugin).access?.(exchange, plugin);
    if (exchange.answer !== undefined) return;
  }
  if (!route.service) return exchange.error(503, 'no Service found with those values');
  await proxy(exchange, (status, answer) => writeHead(exchange, status, answer));
}

/** Puts the head of the answer together, upstream's and our own, and sends it. */
function writeHead(exchange: Exchange, status: number, out: Headers): void {
  const { answerHeaders, startedAt, proxiedAt, response } = exchange;
  const now = Date.now();
  for (const plugin of exchange.plugins) handlerOf(plugin).headers?.(exchange, plugin);
  out.deleteHopByHop();
  out.delete('x-accel-buffering');
  out.setAll({ Server: out.get('server') ?? serverName, ...answerHeaders.toObject() });
  out.setAll(
    proxiedAt === undefined
      ? { 'X-Kong-Response-Latency': now - startedAt }
      : {
          'X-Kong-Upstream-Latency': now - proxiedAt,
          'X-Kong-Proxy-Latency': proxiedAt - startedAt,
          Via: `1.1 ${serverName}`,
        },
  );
  out.set('X-Kong-Request-Id', exchange.id);
  exchange.answered = out;
  response.writeHead(status, out.raw());
  response.flushHeaders();
}

function finish(exchange: Exchange): void {
  const { request, response, plugins, clientIp, id } = exchange;
  for (const plugin of plugins) {
    try {
      handlerOf(plugin).log?.(exchange, plugin);
    } catch (error) {
      serverLog('error', `[${plugin.name}] ${(error as Error).message}`);
    }
  }
  void exchange.discardBody();
  const line = `"${request.method} ${request.url}" ${response.statusCode}`;
  process.stdout.write(
    `${clientIp} [${new Date().toISOString()}] ${line} kong_request_id: "${id}"\n`,
  );
}
