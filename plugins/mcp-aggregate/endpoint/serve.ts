import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Eventual } from '../../../lib/flow/eventual.js';
import { McpError } from '../../../lib/errors/errors.js';
import { userKey } from '../../../lib/identity/identity.js';
import { errorBody, toMcpError } from '../core/calls/rpc-error.js';
import type { Runtimes } from '../io/runtimes/runtimes.js';
import { tracer } from '../../../lib/tracing/tracing.js';
import { outcomeHeaders } from './answer/outcome-headers.js';
import { serveDelete } from './legacy/delete-session.js';
import { readAccept } from './requests/exchange.js';
import type { Exchange } from './requests/exchange.js';
import { serveGet } from './legacy/get-stream.js';
import { logFailure } from './answer/failure-log.js';
import { logFault } from './answer/fault.js';
import { writeJson } from './answer/json-writer.js';
import { serveLegacyPost } from './legacy/legacy-edge.js';
import { serveModernPost } from './modern/modern-edge.js';
import type { ModernParts } from './modern/modern-post.js';
import { readRequestBody } from './requests/read-body.js';
import { RequestTrace } from './requests/request-trace.js';
import type { Ticket } from './requests/ticket.js';
import type { Tickets } from './requests/tickets.js';
import type { Strangers } from './sessions/strangers.js';

export interface ServeParts extends ModernParts {
  readonly tickets: Tickets;
  readonly runtimes: Runtimes;
  readonly strangers: Strangers;
}

/**
 * Serves one HTTP request of Kong's. Never rejects.
 * @param at the address at which it came, as tickets name it
 * @param sealedOnly whether it is one that other nodes reach
 */
export async function serve(
  parts: ServeParts,
  at: string,
  request: IncomingMessage,
  response: ServerResponse,
  sealedOnly = false,
): Promise<void> {
  try {
    const ticket = parts.tickets.redeem(request, at, sealedOnly);
    const runtime = parts.runtimes.use(ticket.config);
    const leave = runtime.enter();
    const account = { server: '', tool: '', prompt: '', outcome: 'ok' };
    const trace = traceOf(ticket, request);
    const arrivedAt = performance.now();
    const hold = parts.answers.hold(userKey(ticket.caller.identity));
    try {
      const accepts = readAccept(request);
      const { headers } = request;
      if (runtime.shared !== undefined) await parts.strangers.check(ticket, runtime.shared);
      const exchange = { response, ticket, runtime, accepts, headers, account, hold, trace };
      await route(parts, exchange, request);
    } catch (error) {
      account.outcome = toMcpError(error).code;
      throw error;
    } finally {
      hold.release();
      leave();
      const { server, tool, outcome } = account;
      const ms = performance.now() - arrivedAt;
      trace?.end(account);
      runtime.tally.spoke(ticket.client);
      runtime.tally.record(methodOf(ticket), server, tool, outcome, ms);
      logFailure(ticket, account, request.headers);
    }
  } catch (error) {
    refuse(response, error);
  }
}

function route(parts: ServeParts, exchange: Exchange, request: IncomingMessage): Eventual<void> {
  const { config, client } = exchange.ticket;
  switch (request.method) {
    case 'POST':
      return readRequestBody(request, config.maxRequestBytes).then((bytes) =>
        client.modern
          ? serveModernPost(parts, exchange, bytes)
          : serveLegacyPost(parts, exchange, bytes),
      );
    case 'GET':
      return serveGet(parts, exchange, request);
    case 'DELETE':
      return serveDelete(parts, exchange);
    default:
      // The access phase lets in no other.
      throw new McpError('method_not_allowed', 'GET, POST and DELETE are served here');
  }
}

/** A message has a span; a stream that a client holds open is none. */
function traceOf(ticket: Ticket, { method, headers }: IncomingMessage): RequestTrace | undefined {
  const active = tracer();
  return active && method === 'POST' ? new RequestTrace(active, ticket, headers) : undefined;
}

function methodOf({ asked, httpMethod }: Ticket): string {
  return asked.method === '' ? `http_${httpMethod.toLowerCase()}` : asked.method;
}

function refuse(response: ServerResponse, thrown: unknown): void {
  if (!(thrown instanceof McpError)) logFault('request_failed', thrown);
  if (response.headersSent || response.destroyed) return void response.destroy();
  const error = toMcpError(thrown);
  const headers = outcomeHeaders(undefined, error.code);
  void writeJson(response, error.status, [errorBody(error)], headers);
}
