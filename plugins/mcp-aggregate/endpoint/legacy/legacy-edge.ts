import { andThen } from '../../../../lib/flow/eventual.js';
import type { Eventual } from '../../../../lib/flow/eventual.js';
import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import { McpError } from '../../../../lib/errors/errors.js';
import { messagesOf } from '../../../../lib/json/envelope.js';
import { decodeString, findMember } from '../../../../lib/json/members.js';
import { userKey } from '../../../../lib/identity/identity.js';
import { readRequestId } from '../../../../lib/tracing/trace-context.js';
import type {
  Envelope,
  NotificationEnvelope,
  RequestEnvelope,
} from '../../../../lib/json/types.js';
import { checkBatch } from '../../core/admit/admit.js';
import {
  packCapabilities,
  unpackCapabilities,
} from '../../core/capabilities/client-capabilities.js';
import { guardedCall } from '../../core/guards/guarded-call.js';
import { isSearch } from '../../core/discovery/discovery.js';
import { initializeResult, negotiateVersion } from '../../core/capabilities/initialize.js';
import { kindOfList } from '../../core/items/item-kinds.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import { staleCursor } from '../../core/lists/item-list.js';
import { routedMethods, routeRequest } from '../../core/calls/route-request.js';
import { readLogLevel } from '../../core/calls/log-level.js';
import { errorObject, toMcpError, withRequestId } from '../../core/calls/rpc-error.js';
import { answerCall } from '../answer/answer-call.js';
import { outcomeHeaders, SpokenEra } from '../answer/outcome-headers.js';
import type { OngoingCall } from '../answer/answer-call.js';
import { noteFailure, noteTarget } from '../requests/account.js';
import { answerNow } from '../requests/exchange.js';
import type { EdgeParts, Exchange, ReplyTo } from '../requests/exchange.js';
import { logFault } from '../answer/fault.js';
import type { CallScope } from '../requests/in-flight.js';
import { writeEmpty } from '../answer/json-writer.js';
import { openSession } from './open-session.js';
import type { Session } from '../sessions/sessions.js';
import { accountOf, isSubscribing } from './subscribe.js';
import { takeProgress } from './take-progress.js';
import { takeResponse } from './take-response.js';
import { searchTools } from '../requests/search-tools.js';
import { discoveryOf, insteadOf, introductionOf, readAdmitted } from '../requests/ticket.js';

/** One POST of a client that speaks a version with sessions. */
interface Post {
  readonly parts: EdgeParts;
  readonly exchange: Exchange;
  readonly bytes: Buffer;
  /** Whose calls these are; `session` is the name of the open session. */
  readonly scope: CallScope;
  readonly session: Session | undefined;
}

/**
 * Serves a POST. A request without `Mcp-Session-Id` is served too, since the methods served here
 * need no state; one with it must be in its own, open session.
 * @throws McpError, before anything is answered
 */
export function serveLegacyPost(
  parts: EdgeParts,
  exchange: Exchange,
  body: Buffer,
): Eventual<void> {
  const { ticket } = exchange;
  const { bytes, read } = readAdmitted(ticket, body);
  const messages = messagesOf(read);
  const begins = ticket.asked.method === 'initialize';
  const session = begins ? undefined : openSession(parts.sessions, ticket);
  if (read.kind === 'batch') checkBatch(messages, () => session?.version);
  const { endpoint } = ticket.config;
  const { principal, identity } = ticket.caller;
  const scope = { endpoint, principal, session: session?.id, user: userKey(identity) };
  const post = { parts, exchange, bytes, scope, session };
  for (const message of messages) takeUnanswered(post, message);
  const request = messages.find((message) => message.kind === 'request');
  if (request === undefined) return writeEmpty(exchange.response, 202);
  const to = { id: slice(bytes, request.id), batch: read.kind === 'batch' };
  return serveRequest(post, request, to);
}

async function serveRequest(post: Post, request: RequestEnvelope, to: ReplyTo): Promise<void> {
  const { exchange } = post;
  exchange.trace?.begin(post.bytes, request);
  try {
    const served = dispatch(post, request, to);
    if (served) await served;
  } catch (thrown) {
    if (!(thrown instanceof McpError)) logFault('request_failed', thrown);
    const error = withRequestId(toMcpError(thrown), readRequestId(exchange.headers));
    noteFailure(exchange.account, error);
    if (exchange.response.headersSent) return void exchange.response.destroy();
    const headers = outcomeHeaders(undefined, error.code);
    const options = { status: error.status, headers };
    await answerNow(exchange, to, { member: 'error', value: errorObject(error) }, options);
  }
}

function dispatch(post: Post, request: RequestEnvelope, to: ReplyTo): Eventual<void> {
  switch (request.method) {
    case 'initialize':
      return initialize(post, request, to);
    case 'ping':
      return answerOk(post, to, Buffer.from('{}'));
    case 'logging/setLevel':
      return setLogLevel(post, request, to);
    default:
      return dispatchToServers(post, request, to);
  }
}

/** What the servers behind the endpoint answer together, or one of them. */
function dispatchToServers(post: Post, request: RequestEnvelope, to: ReplyTo): Eventual<void> {
  const kind = kindOfList.get(request.method);
  if (kind !== undefined) return listItems(post, kind, request, to);
  const { exchange, bytes } = post;
  if (isSearch(discoveryOf(exchange.ticket), request)) {
    return andThen(searchTools(exchange, bytes, request, {}), (found) => answerOk(post, to, found));
  }
  if (routedMethods.has(request.method)) return callServer(post, request, to);
  throw new McpError('method_not_found', `Method not found: ${request.method}`);
}

/** Takes what needs no answer. */
function takeUnanswered(post: Post, message: Envelope): void {
  if (message.kind === 'response') {
    return takeResponse(post.parts.asks, post.scope, post.bytes, message);
  }
  if (message.kind !== 'notification') return;
  const { scope, exchange, parts, bytes } = post;
  switch (message.method) {
    case 'notifications/cancelled':
      return cancelCall(post, message);
    case 'notifications/progress':
      return takeProgress(parts.asks, scope, bytes, message.params);
    case 'notifications/roots/list_changed':
      if (scope.session !== undefined) exchange.runtime.rootsChanged(scope.session);
  }
}

function cancelCall({ scope, exchange, parts, bytes }: Post, message: NotificationEnvelope): void {
  const id = message.params && findMember(message.params.members, 'requestId');
  if (id === undefined) return;
  // All anonymous callers are one principal: without a session they could cancel each other.
  const isAnonymous = exchange.ticket.caller.identity.subject === '';
  if (scope.session === undefined && isAnonymous) return;
  const text = slice(bytes, id.value).toString();
  if (parts.inFlight.cancel(scope, text) || scope.session === undefined) return;
  if (id.kind === 'string' || id.kind === 'number')
    exchange.runtime.cancelPassed(scope.session, text);
}

async function initialize(post: Post, request: RequestEnvelope, to: ReplyTo): Promise<void> {
  const { config } = post.exchange.ticket;
  const version = negotiateVersion(post.bytes, request.params, config.versions);
  const capabilities = packCapabilities(post.bytes, request.params);
  const { sessions } = post.parts;
  const session = sessions.mint(post.scope, version, config.sessionTtlMs, capabilities);
  const { runtime, ticket } = post.exchange;
  const offered = await runtime.itemsFor(ticket.caller).capabilities();
  const result = initializeResult(version, introductionOf(ticket), offered);
  await answerOk(post, to, result, { 'mcp-session-id': session });
}

/** Remembered here; servers are told with the session's next call to them. */
async function setLogLevel(post: Post, request: RequestEnvelope, to: ReplyTo): Promise<void> {
  const level = readLogLevel(post.bytes, request.params);
  if (post.session === undefined) {
    throw new McpError('session_required', 'logging/setLevel needs a session to set it for');
  }
  post.parts.logLevels.set(post.session, level);
  // Those who call at a server without this worker would go on at the old one.
  await post.parts.leases.recall(post.session.id);
  await answerOk(post, to, Buffer.from('{}'));
}

async function listItems(
  { parts, exchange, bytes, scope }: Post,
  kind: ItemKind,
  request: RequestEnvelope,
  to: ReplyTo,
): Promise<void> {
  const { runtime, ticket } = exchange;
  const cursor = request.params && findMember(request.params.members, 'cursor');
  if (cursor !== undefined && cursor.kind !== 'string') throw staleCursor();
  const value = await runtime.itemsFor(ticket.caller).lists[kind].page({
    from: cursor && parts.cursors.open(scope, kind, decodeString(bytes, cursor.value)),
    cursorOf: (position) => parts.cursors.seal(scope, kind, position),
    subject: ticket.subject,
    instead: insteadOf(kind, ticket),
  });
  const headers = outcomeHeaders(undefined, 'ok');
  await answerNow(exchange, to, { member: 'result', value }, { headers });
}

async function callServer(post: Post, request: RequestEnvelope, to: ReplyTo): Promise<void> {
  const { parts, exchange, bytes, scope } = post;
  const { method, params } = request;
  const { runtime, ticket } = exchange;
  const running = parts.inFlight.begin(scope, to.id.toString());
  try {
    const { router } = runtime.itemsFor(ticket.caller);
    const found = routeRequest(router, method, params, ticket);
    const routed = found instanceof Promise ? await found : found;
    noteTarget(exchange.account, routed.target);
    const spoken = new SpokenEra();
    const context = callContext(post, method, running.signal, spoken);
    const listening = whoListens(post);
    const account = isSubscribing(method)
      ? accountOf(parts, exchange, listening.owner, { method, target: routed.target })
      : undefined;
    const answered = guardedCall(runtime.guards, routed, bytes, params!, context, ticket);
    const events = account?.(answered) ?? answered;
    const logLevel = parts.logLevels.of(post.session);
    const call = { events, running, spoken, logLevel, ...listening };
    await answerCall(exchange, to, routed.target.server.name, call, parts);
  } finally {
    running.end();
  }
}

/** What a session fills in of every call made in it (design D7). */
function callContext(
  { exchange, session, parts }: Post,
  method: string,
  signal: CancelSignal,
  spoken: SpokenEra,
) {
  return {
    method,
    caller: exchange.ticket.caller,
    headers: exchange.headers,
    span: exchange.trace?.span,
    capabilities: session && unpackCapabilities(session.capabilities),
    conversation: session?.id,
    logLevel: parts.logLevels.of(session),
    hold: exchange.hold,
    onEra: spoken.note,
    signal,
  };
}

/**
 * Whom questions of a call go to, and who may come back to its stream: a client without a session
 * could not be told from another.
 */
function whoListens({ scope, session }: Post): Pick<OngoingCall, 'asked' | 'owner'> {
  if (session === undefined) return { asked: undefined, owner: undefined };
  return { asked: { ...scope, session: session.id }, owner: { ...scope, session } };
}

function answerOk(
  post: Post,
  to: ReplyTo,
  value: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Eventual<void> {
  const all = { ...outcomeHeaders(undefined, 'ok'), ...headers };
  return answerNow(post.exchange, to, { member: 'result', value }, { headers: all });
}

function slice(bytes: Buffer, span: { readonly start: number; readonly end: number }): Buffer {
  return bytes.subarray(span.start, span.end);
}
