import { McpError } from '../../../lib/errors.js';
import { readMessage } from '../../../lib/json/envelope.js';
import { findMember } from '../../../lib/json/members.js';
import type { Envelope, RequestEnvelope } from '../../../lib/json/types.js';
import { askedBy, checkBatch } from '../core/admit.js';
import { callTool, toolName } from '../core/call-tool.js';
import { initializeResult, negotiateVersion } from '../core/initialize.js';
import { errorObject, toMcpError } from '../core/rpc-error.js';
import { answerCall, outcomeHeaders } from './answer-call.js';
import { answerNow } from './exchange.js';
import type { EdgeParts, Exchange, ReplyTo } from './exchange.js';
import { logFault } from './fault.js';
import type { CallScope } from './in-flight.js';
import { writeEmpty } from './json-writer.js';
import { openSession } from './open-session.js';
import { compareBody } from './ticket.js';

/** One POST of a client that speaks a version with sessions. */
interface Post {
  readonly parts: EdgeParts;
  readonly exchange: Exchange;
  readonly bytes: Buffer;
  /** Whose calls these are; `session` is the name of the open session. */
  readonly scope: CallScope;
}

/**
 * Serves a POST. A request without `Mcp-Session-Id` is served too, since the methods served here
 * need no state; one with it must be in its own, open session.
 * @throws McpError, before anything is answered
 */
export async function serveLegacyPost(
  parts: EdgeParts,
  exchange: Exchange,
  bytes: Buffer,
): Promise<void> {
  const { ticket } = exchange;
  const read = readMessage(bytes);
  const messages = read.kind === 'single' ? [read.message] : read.messages;
  compareBody(ticket, bytes, askedBy(messages));
  const begins = ticket.asked.method === 'initialize';
  const session = begins ? undefined : openSession(parts.sessions, ticket);
  if (read.kind === 'batch') checkBatch(messages, () => session?.version);
  const { endpoint } = ticket.config;
  const scope = { endpoint, principal: ticket.caller.principal, session: session?.id };
  const post = { parts, exchange, bytes, scope };
  for (const message of messages) takeNotification(post, message);
  const request = messages.find((message) => message.kind === 'request');
  if (request === undefined) return writeEmpty(exchange.response, 202);
  const to = { id: slice(bytes, request.id), batch: read.kind === 'batch' };
  await serveRequest(post, request, to);
}

async function serveRequest(post: Post, request: RequestEnvelope, to: ReplyTo): Promise<void> {
  const { exchange } = post;
  try {
    await dispatch(post, request, to);
  } catch (thrown) {
    if (!(thrown instanceof McpError)) logFault('request_failed', thrown);
    if (exchange.response.headersSent) return void exchange.response.destroy();
    const error = toMcpError(thrown);
    const headers = outcomeHeaders(undefined, error.code);
    const options = { status: error.status, headers };
    await answerNow(exchange, to, { member: 'error', value: errorObject(error) }, options);
  }
}

async function dispatch(post: Post, request: RequestEnvelope, to: ReplyTo): Promise<void> {
  switch (request.method) {
    case 'initialize':
      return initialize(post, request, to);
    case 'ping':
      return answerOk(post, to, Buffer.from('{}'));
    case 'tools/list':
      return listTools(post, request, to);
    case 'tools/call':
      return callToolFor(post, request, to);
    default:
      throw new McpError('method_not_found', `Method not found: ${request.method}`);
  }
}

/** Takes what needs no answer; a client's responses answer nothing we asked and are dropped. */
function takeNotification(post: Post, message: Envelope): void {
  if (message.kind !== 'notification' || message.method !== 'notifications/cancelled') return;
  const id = message.params && findMember(message.params.members, 'requestId');
  if (id === undefined) return;
  const { scope, exchange, parts, bytes } = post;
  // All anonymous callers are one principal: without a session they could cancel each other.
  const isAnonymous = exchange.ticket.caller.identity.subject === '';
  if (scope.session === undefined && isAnonymous) return;
  parts.inFlight.cancel(scope, slice(bytes, id.value).toString());
}

async function initialize(post: Post, request: RequestEnvelope, to: ReplyTo): Promise<void> {
  const { config } = post.exchange.ticket;
  const version = negotiateVersion(post.bytes, request.params);
  const session = post.parts.sessions.mint(post.scope, version, config.sessionTtlMs);
  await answerOk(post, to, initializeResult(version, config), { 'mcp-session-id': session });
}

async function listTools(post: Post, request: RequestEnvelope, to: ReplyTo): Promise<void> {
  // No list has a second page, so no cursor was ever given out.
  if (request.params && findMember(request.params.members, 'cursor') !== undefined) {
    throw new McpError('invalid_params', 'this cursor was not given out by this endpoint');
  }
  await answerOk(post, to, await post.exchange.runtime.toolList.result());
}

async function callToolFor(post: Post, request: RequestEnvelope, to: ReplyTo): Promise<void> {
  const { parts, exchange, bytes, scope } = post;
  const { caller } = exchange.ticket;
  const running = parts.inFlight.begin(scope, to.id.toString());
  try {
    const owner = await exchange.runtime.router.resolve(toolName(request.params));
    const { signal } = running;
    const context = { caller, capabilities: undefined, logLevel: undefined, signal };
    const events = callTool(owner, bytes, request.params!, context);
    await answerCall(exchange, to, owner.server.name, { events, running }, parts.timing);
  } finally {
    running.end();
  }
}

async function answerOk(
  post: Post,
  to: ReplyTo,
  value: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const all = { ...outcomeHeaders(undefined, 'ok'), ...headers };
  await answerNow(post.exchange, to, { member: 'result', value }, { headers: all });
}

function slice(bytes: Buffer, span: { readonly start: number; readonly end: number }): Buffer {
  return bytes.subarray(span.start, span.end);
}
