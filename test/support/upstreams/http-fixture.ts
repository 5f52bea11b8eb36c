import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServerOptions as TlsOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';

/** One request as it arrived. */
export interface Arrived {
  /** The JSON-RPC method, `reply` for a response, or the HTTP method where there is no body. */
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Raw id of a request. */
  readonly id: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever a test sent
  readonly params: any;
}

export type Handler = (arrived: Arrived, response: ServerResponse) => void | Promise<void>;

export interface HttpFixture {
  readonly url: string;
  readonly arrived: Arrived[];
  /** Session ids now valid. */
  readonly sessions: Set<string>;
  /** Answers this method from now on. */
  readonly on: (method: string, handler: Handler) => void;
  /** Arrivals of one method. */
  of(method: string): Arrived[];
  /** Resolves when `count` requests of a method have arrived. */
  until(method: string, count?: number): Promise<void>;
  close(): Promise<void>;
}

export interface FixtureOptions {
  /** Whether `initialize` gives out a session id; default true. */
  readonly sessions?: boolean;
  readonly revision?: string;
  /** What it declares, as raw JSON; default tools alone. */
  readonly capabilities?: string;
  /** Speaks TLS with these settings. */
  readonly tls?: TlsOptions;
}

/** An MCP server of the session era whose every answer a test can replace by raw bytes. */
export async function startHttpFixture(
  options: FixtureOptions = {},
  port = 0,
): Promise<HttpFixture> {
  const handlers = new Map<string, Handler>();
  const arrived: Arrived[] = [];
  const sessions = new Set<string>();
  const waiters = new Set<() => void>();
  const defaults = defaultHandlers(options, sessions);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void read(request).then(async (one) => {
      arrived.push(one);
      for (const wake of waiters) wake();
      const handle = handlers.get(one.method) ?? defaults[one.method] ?? notFound;
      await handle(one, response);
    });
  };
  const { tls } = options;
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const of = (method: string) => arrived.filter((one) => one.method === method);
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    arrived,
    sessions,
    on: (method, handler) => void handlers.set(method, handler),
    of,
    async until(method, count = 1) {
      while (of(method).length < count) {
        await new Promise<void>((resolve) => waiters.add(resolve));
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<Arrived> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const message = body === '' ? {} : JSON.parse(body);
  const method = body === '' ? request.method! : (message.method ?? 'reply');
  const { headers } = request;
  return { method, headers, body, id: JSON.stringify(message.id), params: message.params };
}

function defaultHandlers(options: FixtureOptions, sessions: Set<string>): Record<string, Handler> {
  const known: (handler: Handler) => Handler = (handler) => (arrived, response) => {
    const session = arrived.headers['mcp-session-id'];
    if (options.sessions === false || sessions.has(String(session))) {
      return handler(arrived, response);
    }
    response.writeHead(session === undefined ? 400 : 404).end();
  };
  const accepted: Handler = (_arrived, response) => void response.writeHead(202).end();
  return {
    initialize: (arrived, response) => {
      if (options.sessions !== false) {
        const session = randomUUID();
        sessions.add(session);
        response.setHeader('mcp-session-id', session);
      }
      json(
        response,
        `{"jsonrpc":"2.0","id":${arrived.id},"result":{"protocolVersion":"${options.revision ?? '2025-11-25'}","capabilities":${options.capabilities ?? '{"tools":{}}'},"serverInfo":{"name":"fixture","version":"1"}}}`,
      );
    },
    'notifications/initialized': known(accepted),
    'notifications/cancelled': known(accepted),
    reply: known(accepted),
    ping: known((arrived, response) => answer(arrived, response, '{}')),
    'tools/list': known((arrived, response) => answer(arrived, response, '{"tools":[]}')),
    'tools/call': known((arrived, response) => answer(arrived, response, '{"content":[]}')),
    DELETE: known((arrived, response) => {
      sessions.delete(String(arrived.headers['mcp-session-id']));
      response.writeHead(204).end();
    }),
  };
}

const notFound: Handler = (_arrived, response) => void response.writeHead(404).end();

export function json(response: ServerResponse, body: string, type = 'application/json'): void {
  response.writeHead(200, { 'content-type': type }).end(body);
}

/** Answers with a JSON result. */
export function answer(arrived: Arrived, response: ServerResponse, result: string): void {
  json(response, resultMessage(arrived, result));
}

export function resultMessage(arrived: Pick<Arrived, 'id'>, result: string): string {
  return `{"jsonrpc":"2.0","id":${arrived.id},"result":${result}}`;
}

/** Begins an event stream. */
export function eventStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
}

export function event(message: string): string {
  return `event: message\ndata: ${message}\n\n`;
}
