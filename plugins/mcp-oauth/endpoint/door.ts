import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { counted } from '../../../lib/held/counts.js';
import { log } from '../../../lib/log.js';
import type { Reply } from '../core/challenge/reply.js';
import { facadeError } from '../core/facade/facade-reply.js';
import { maxParameterBytes } from '../core/facade/parameters.js';
import type { FacadeRequest } from '../io/facade/facade.js';

/** Request header that carries a ticket from the access phase to the door. */
export const doorTicketHeader = 'x-mcp-door-ticket';

/** Answers the request that a ticket was given out for. */
export type Serve = (request: FacadeRequest) => Promise<Reply>;

interface Ticket {
  readonly serve: Serve;
  readonly until: number;
}

const { doorTickets, doorConnections } = counted;

/**
 * Where Kong takes requests whose answer this process gives: behind Kong's own plugins, so that
 * those of lower priority (`rate-limiting`, `ip-restriction`) hold for them, which they would not if
 * the access phase ended the request. A listener on an ephemeral loopback port; it serves who shows
 * a ticket of the access phase, once.
 */
export class Door {
  readonly #tickets = new Map<string, Ticket>();
  readonly #now: () => number;
  #server: Server | undefined;
  #port: Promise<number> | undefined;

  /** @param now clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The port; the first call opens it. */
  port(): Promise<number> {
    this.#port ??= this.#open().catch((error: unknown) => {
      this.#port = undefined;
      throw error;
    });
    return this.#port;
  }

  /**
   * A ticket for one request. Where too many are out the oldest goes: they come back within
   * moments, or not at all, where a plugin such as `rate-limiting` has refused the request.
   */
  ticket(serve: Serve): string {
    this.#forgetOld();
    const [oldest] = this.#tickets.keys();
    if (oldest !== undefined && this.#tickets.size >= doorTickets.most) {
      this.#tickets.delete(oldest);
    }
    const ticket = randomBytes(16).toString('base64url');
    this.#tickets.set(ticket, { serve, until: this.#now() + doorTickets.ms });
    return ticket;
  }

  /** For tests. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = this.#port = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  #open(): Promise<number> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    server.maxConnections = doorConnections.most;
    server.requestTimeout = doorConnections.ms;
    // Longer than Kong keeps idle connections, or it would send on one that is closing.
    server.keepAliveTimeout = 75_000;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        server.unref();
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  /** Tickets are in the order in which they end. */
  #forgetOld(): void {
    const now = this.#now();
    for (const [ticket, { until }] of this.#tickets) {
      if (until > now) return;
      this.#tickets.delete(ticket);
    }
  }

  #redeem(shown: unknown): Serve | undefined {
    this.#forgetOld();
    if (typeof shown !== 'string') return undefined;
    const serve = this.#tickets.get(shown)?.serve;
    this.#tickets.delete(shown);
    return serve;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const serve = this.#redeem(request.headers[doorTicketHeader]);
      if (serve === undefined) {
        request.resume();
        return end(response, facadeError(403, 'access_denied', 'not a request of the gateway'));
      }
      const body = await readText(request);
      if (body === undefined) {
        return end(response, facadeError(413, 'invalid_request', 'the body is too large'));
      }
      end(response, await serve({ rawQuery: queryOf(request), headers: headersOf(request), body }));
    } catch (error) {
      log('error', 'facade_fault', { reason: error instanceof Error ? error.name : 'unknown' });
      if (response.headersSent || response.destroyed) return void response.destroy();
      end(response, facadeError(503, 'server_error', 'the gateway could not answer'));
    }
  }
}

function end(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers);
  response.end(body);
}

function queryOf({ url = '' }: IncomingMessage): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

/** Every line of a header: Node drops repetitions of some, which have to be seen. */
function headersOf({ headersDistinct }: IncomingMessage): FacadeRequest['headers'] {
  return headersDistinct;
}

/** The body as UTF-8; undefined where it is too large. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to its end all the same: Kong would take a closed connection for a failure.
    if (size <= maxParameterBytes) chunks.push(chunk);
  }
  return size > maxParameterBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}
