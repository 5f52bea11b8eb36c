import { createServer } from 'node:http';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpError } from '../../../../lib/errors/errors.js';
import { begin } from '../../../../lib/flow/under-way.js';
import { errorBody } from '../../core/calls/rpc-error.js';
import { outcomeHeaders } from '../answer/outcome-headers.js';
import { Connections } from './connections.js';
import type { ConnectionBounds } from './connections.js';
import { writeJson } from '../answer/json-writer.js';

/** Kong keeps idle connections for 60 s; closing earlier than Kong makes it answer 502. */
const keepAliveTimeout = 120_000;
/** A request's head and body; Kong sends it once it has the whole body. */
const requestTimeout = 120_000;
const headersTimeout = 30_000;
/** nginx passes up to 32 KiB of headers by default, to which we add. */
const maxHeaderSize = 65_536;

const full = new McpError('overloaded', 'the gateway has no room for more connections now');
const retrySeconds = 1;

/** Nothing of the request is read. */
function refuse(response: ServerResponse): void {
  const headers = {
    ...outcomeHeaders(undefined, full.code),
    'retry-after': String(retrySeconds),
    connection: 'close',
  };
  void writeJson(response, full.status, [errorBody(full)], headers);
}

/** A free port of the loopback interface. */
const anywhere = { host: '127.0.0.1', port: 0 };

/** The aggregator's HTTP server, on a free port of the loopback interface (design D3). */
export class Listener {
  readonly #server: Server;
  readonly #connections: Connections;
  #port: number | undefined;

  constructor(onRequest: RequestListener, bounds?: ConnectionBounds) {
    const options = { keepAliveTimeout, requestTimeout, headersTimeout, maxHeaderSize };
    this.#server = createServer(options, (request, response) => {
      begin('request');
      if (this.#connections.isTooMany(request.socket)) refuse(response);
      else onRequest(request, response);
    });
    this.#connections = new Connections(this.#server, bounds);
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** @param at where; for the nodes of a gateway among themselves it is not free */
  async start({ host, port } = anywhere): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.off('error', reject);
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** @throws Error while it does not listen */
  get port(): number {
    if (this.#port === undefined) throw new Error('the aggregator is not listening');
    return this.#port;
  }

  /** Takes nothing new, lets what runs end within `ms`, then cuts it off. */
  async close(ms: number, beforeCut: () => void): Promise<void> {
    if (!this.#server.listening) return;
    this.#port = undefined;
    this.#connections.close();
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    const sweep = setInterval(() => this.#server.closeIdleConnections(), 50);
    const cut = setTimeout(() => {
      beforeCut();
      setTimeout(() => this.#server.closeAllConnections(), 100);
    }, ms);
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
  }
}
