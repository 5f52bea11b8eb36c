import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { log } from '../../../lib/log.js';
import { UsageError } from '../options.js';
import { hostAllowed, isLoopback } from './address.js';
import type { OperationsOptions } from './address.js';
import type { Pages } from './pages.js';

/** Whoever can connect could hold connections: they are few, and end soon. */
const bounds = { headersTimeout: 5_000, requestTimeout: 5_000, maxHeaderSize: 65_536 };
const maxConnections = 64;
const retryMs = 250;

/** HTTP for operators, apart from everything that serves clients. */
export class OperationsListener {
  readonly #options: OperationsOptions;
  readonly #pages: Pages;
  #server: Server | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: OperationsOptions, pages: Pages) {
    this.#options = options;
    this.#pages = pages;
  }

  /**
   * Resolves once it listens, or waits for the address: a predecessor holds it until it notices
   * that its socket has been taken over.
   * @throws UsageError for an address that can never be listened at
   */
  async start(): Promise<void> {
    const failure = await this.#listen();
    if (failure === undefined) return;
    const { host, port } = this.#options;
    if (failure !== 'EADDRINUSE') {
      throw new UsageError(`--operations ${host}:${port} cannot be listened at (${failure})`);
    }
    log('warn', 'operations_address_in_use', { host, port });
    this.#retryLater();
  }

  /** Frees the address at once. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = undefined;
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      void this.#listen().then((failure) => {
        if (failure !== undefined) this.#retryLater();
      });
    }, retryMs).unref();
  }

  /** Answers the code of what hinders it. */
  #listen(): Promise<string | undefined> {
    const { host, port } = this.#options;
    const server = createServer(bounds, (request, response) => void this.#serve(request, response));
    server.maxConnections = maxConnections;
    return new Promise((resolve) => {
      server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
      server.listen(port, host, () => {
        if (this.#closed) server.close();
        else this.#server = server;
        const { port: bound } = (server.address() ?? { port }) as AddressInfo;
        log('info', 'operations_listening', { host, port: bound });
        if (!isLoopback(host)) log('warn', 'operations_exposed', { host });
        resolve(undefined);
      });
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    // Nothing here takes a body: one that comes is not waited for.
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) {
      response.setHeader('connection', 'close');
    }
    if (!hostAllowed(headers.host, this.#options)) {
      return answer(response, 421, 'text/plain', 'this Host is not served here\n');
    }
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return answer(response, 405, 'text/plain', 'GET and HEAD are served here\n');
    }
    const [, path = '', query] = /^([^?]*)\??(.*)$/s.exec(request.url ?? '') ?? [];
    const page = await this.#pages.at(path, query);
    if (page === undefined) {
      const all = '/console, /health, /ready, /status and /metrics are here\n';
      return answer(response, 404, 'text/plain', all);
    }
    answer(response, page.status, page.type, page.body, page.headers);
  }
}

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  // Node leaves out the body of an answer to HEAD.
  response.end(body);
}
