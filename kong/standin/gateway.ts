import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyReader } from './body.js';
import { cors } from './cors.js';
import { readModel } from './declarative.js';
import type { Model, Plugin } from './declarative.js';
import { Exchange, serverName } from './exchange.js';
import { ExternalHandler } from './external.js';
import type { Description } from './external.js';
import { fileLog } from './file-log.js';
import type { Handler } from './handler.js';
import { Headers } from './headers.js';
import { proxy } from './proxy.js';
import { rateLimiting } from './rate-limiting.js';
import { matchRoute, sortRoutes } from './router.js';
import type { Candidate } from './router.js';
import type { Settings } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

function describe(command: string): Description {
  const output = execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
  const dump = JSON.parse(output) as { Protocol?: string; Plugins?: Description[] };
  const plugin = dump.Plugins?.[0];
  if (dump.Protocol !== 'ProtoBuf:1' || plugin === undefined) {
    throw new Error(`[${command}] does not describe a ProtoBuf:1 plugin`);
  }
  return plugin;
}

function vault(environment: Environment): (reference: string) => string {
  return (reference) => {
    const name = /^\{vault:\/\/env\/([\w-]+)\}$/.exec(reference)?.[1];
    return environment[(name ?? '').toUpperCase().replaceAll('-', '_')] ?? '';
  };
}

/** One configuration and all that serves it; a reload makes a new one beside the old. */
export class Gateway {
  readonly #settings: Settings;
  readonly #model: Model;
  readonly #routes: readonly Candidate[];
  #active = 0;
  #idle: (() => void) | undefined;

  /** @throws Error when a query command or the declarative file is not in order */
  constructor(settings: Settings, environment: Environment) {
    const handlers = new Map<string, Handler>([
      ['cors', cors],
      ['rate-limiting', rateLimiting],
      ['file-log', fileLog],
    ]);
    for (const { queryCommand, socket } of settings.pluginServers) {
      const description = describe(queryCommand);
      handlers.set(description.Name, new ExternalHandler(description, socket));
    }
    const yaml = readFileSync(settings.declarative, 'utf8');
    this.#settings = settings;
    this.#model = readModel(yaml, handlers, settings.plugins, vault(environment));
    this.#routes = sortRoutes(this.#model.routes);
  }

  /** Settles once no request is under way any more. */
  async drained(): Promise<void> {
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#active += 1;
    const { bodyBuffer: buffer, maxBody: max, prefix } = this.#settings;
    const limits = { buffer, max, folder: `${prefix}/client_body_temp` };
    const exchange = new Exchange(request, response, new BodyReader(request, limits));
    exchange.match = matchRoute(this.#routes, exchange.method, exchange.host, exchange.path);
    const plugins = exchange.match === undefined ? [] : this.#model.chain(exchange.route);
    response.once('close', () => {
      void exchange.body.discard();
      for (const plugin of plugins) plugin.handler.log?.(exchange, plugin);
      logAccess(exchange);
      this.#active -= 1;
      if (this.#active === 0) this.#idle?.();
    });
    await run(exchange, plugins, max);
  }
}

async function run(exchange: Exchange, plugins: readonly Plugin[], max: number): Promise<void> {
  const { match, request, headers } = exchange;
  const announced = Number(request.headers['content-length'] ?? 0);
  if (headers.count('authorization') > 1) exchange.error(400, 'Bad request');
  else if (max > 0 && announced > max) exchange.error(413, 'Payload too large');
  else if (match === undefined) exchange.error(404, 'no Route matched with those values');
  else {
    const { service } = match.route;
    const target = service && { scheme: service.protocol, host: service.host, port: service.port };
    Object.assign(exchange.upstream, target, { path: match.upstreamPath });
    if (match.route.preserve_host) exchange.upstream.fixedHost = headers.get('host') ?? '';
  }
  for (const plugin of plugins) {
    if (exchange.answer === undefined) await plugin.handler.access?.(exchange, plugin);
  }
  const begin = (status: number, answer: Headers): void => {
    writeHead(exchange, plugins, status, answer);
  };
  if (exchange.answer === undefined && match?.route.service === null) {
    exchange.error(503, 'no Service found with those values');
  }
  if (exchange.answer === undefined) await proxy(exchange, begin);
  if (exchange.answer === undefined) return;
  const { status, body } = exchange.answer;
  const own = new Headers(['Content-Length', String(body.length)]);
  begin(status, own);
  exchange.response.end(body);
}

/** Puts the head of the answer together, upstream's and our own, and sends it. */
function writeHead(
  exchange: Exchange,
  plugins: readonly Plugin[],
  status: number,
  out: Headers,
): void {
  const { answerHeaders, startedAt, proxiedAt, response } = exchange;
  const now = (exchange.answeredAt = Date.now());
  for (const plugin of plugins) plugin.handler.headers?.(exchange, plugin);
  out.deleteHopByHop();
  for (const name of ['x-accel-buffering', 'x-accel-expires']) out.delete(name);
  for (const [name, value] of Object.entries(answerHeaders.toObject())) out.set(name, value);
  if (proxiedAt === undefined) {
    out.set('X-Kong-Response-Latency', String(now - startedAt));
    out.set('Server', serverName);
  } else {
    out.set('X-Kong-Upstream-Latency', String(now - proxiedAt));
    out.set('X-Kong-Proxy-Latency', String(proxiedAt - startedAt));
    out.set('Via', `1.1 ${serverName}`);
    if (out.count('server') === 0) out.set('Server', serverName);
  }
  out.set('X-Kong-Request-Id', exchange.id);
  exchange.answered = out;
  response.writeHead(status, out.raw());
  response.flushHeaders();
}

function logAccess(exchange: Exchange): void {
  const { request, response, id, clientIp } = exchange;
  const line = `${request.method} ${request.url} HTTP/${request.httpVersion}`;
  process.stdout.write(
    `${clientIp} - - [${new Date().toISOString()}] "${line}" ${response.statusCode} kong_request_id: "${id}"\n`,
  );
}
