import { createHash, randomBytes } from 'node:crypto';
import { userKey } from '../../../../lib/identity.js';
import { readMessage } from '../../../../lib/json/envelope.js';
import { findMember } from '../../../../lib/json/members.js';
import type { RequestEnvelope } from '../../../../lib/json/types.js';
import type { CallEvent } from '../../core/calls/call.js';
import { unpackCapabilities } from '../../core/capabilities/client-capabilities.js';
import { forwardCall } from '../../core/calls/forward-call.js';
import { readModernRequest, withoutModernMembers } from '../../core/admit/modern-request.js';
import type { ModernRequest } from '../../core/admit/modern-request.js';
import { checkParamHeaders } from '../../core/params/check-param-headers.js';
import { inputRequired, modernResult } from '../../core/calls/modern-result.js';
import { failureObject, failureStatus } from '../../core/calls/rpc-error.js';
import { routeRequest } from '../../core/calls/route-request.js';
import { outcomeHeaders } from '../answer/answer-call.js';
import { lifetimeOf } from '../requests/lifetime.js';
import { answerNow } from '../requests/exchange.js';
import type { ModernPost } from './modern-post.js';
import type { ParkedCall } from './parked-calls.js';

/** A call under way, between the requests of its client. */
type Ongoing = Omit<ParkedCall, 'ask'>;

/**
 * Serves `tools/call`. A question of the server ends the request, not the call: it comes as
 * `input_required`, and the call goes on when its client returns with the answer.
 * @throws McpError
 */
export async function callTool(post: ModernPost): Promise<void> {
  const asked = readModernRequest(post.bytes, post.request.params);
  const about = subjectOf(post);
  if (asked.state === undefined) return goOn(post, await begin(post, asked, about));
  await stillServed(post);
  const { ask, ...call } = post.parts.parked.take(ownerOf(post), asked.state, about);
  const given = asked.answers.get(ask.key);
  // A client that does not answer is asked again (2026-07-28, basic/patterns/mrtr).
  if (given === undefined) return park(post, { ...call, ask });
  ask.answer({ result: given });
  return goOn(post, call);
}

/**
 * Who returns is let in anew: a tool that is hidden from the caller by now is not gone on with.
 * @throws McpError `unknown_tool`
 */
async function stillServed({ exchange, request }: ModernPost): Promise<void> {
  const { runtime, ticket } = exchange;
  const { router } = runtime.itemsFor(ticket.caller);
  await routeRequest(router, request.method, request.params, ticket.hidden);
}

async function begin(post: ModernPost, asked: ModernRequest, about: string): Promise<Ongoing> {
  const { exchange, parts, to } = post;
  const { runtime, ticket } = exchange;
  const { bytes, request } = asOfSession(post);
  const { params, method } = request;
  const { router } = runtime.itemsFor(ticket.caller);
  const routed = await routeRequest(router, method, params, ticket.hidden);
  const { params: mirrored } = routed.target;
  if (mirrored !== undefined) checkParamHeaders(mirrored, exchange.headers, bytes, params);
  const scope = { ...ownerOf(post), session: undefined };
  const running = parts.inFlight.begin(scope, `modern ${to.id.toString()}`);
  const leave = runtime.enter();
  const conversation = randomBytes(16).toString('base64url');
  // The call may outlive this request, and answer another.
  const hold = parts.answers.hold(userKey(ticket.caller.identity));
  const context = {
    method,
    caller: ticket.caller,
    headers: exchange.headers,
    capabilities: unpackCapabilities(asked.capabilities),
    conversation,
    logLevel: asked.logLevel,
    hold,
    signal: running.signal,
  };
  const abandon = () => {
    hold.release();
    running.abort();
    running.end();
    runtime.endConversation(conversation);
    leave();
  };
  const answered = forwardCall(routed, bytes, params!, context, ticket);
  const events = answered[Symbol.asyncIterator]();
  return { events, about, abandon, server: routed.target.server.name };
}

/** Takes events until there is something to answer the request with. */
async function goOn(post: ModernPost, call: Ongoing): Promise<void> {
  const { response } = post.exchange;
  // Here leaving is cancelling (requirement H18).
  const onClose = () => call.abandon();
  response.once('close', onClose);
  if (response.destroyed) onClose();
  let last: CallEvent | undefined;
  try {
    do last = (await call.events.next()).value as CallEvent | undefined;
    while (last?.type === 'note');
  } finally {
    response.off('close', onClose);
    if (last?.type !== 'ask') call.abandon();
  }
  if (last?.type === 'ask') return park(post, { ...call, ask: last });
  await answerLast(post, call.server, last);
}

async function park(post: ModernPost, call: ParkedCall): Promise<void> {
  const state = keep(post, call);
  const value = inputRequired(call.server, call.ask, state);
  const headers = outcomeHeaders(call.server, 'input_required');
  await answerNow(post.exchange, post.to, { member: 'result', value }, { headers });
}

/** @throws McpError `overloaded`: the call is then given up */
function keep(post: ModernPost, call: ParkedCall): string {
  const { identity } = post.exchange.ticket.caller;
  try {
    return post.parts.parked.park(ownerOf(post), call, lifetimeOf(identity));
  } catch (error) {
    call.abandon();
    throw error;
  }
}

async function answerLast(
  { exchange, to }: ModernPost,
  server: string,
  last: CallEvent | undefined,
): Promise<void> {
  if (last?.type === 'done') {
    const value = modernResult(last.result, exchange.ticket.config.serverName, false);
    const headers = outcomeHeaders(server, 'ok');
    return answerNow(exchange, to, { member: 'result', value }, { headers });
  }
  if (last?.type !== 'fail') throw new TypeError('a call ended without its last event');
  const { failure } = last;
  const headers = outcomeHeaders(server, failure.kind === 'local' ? failure.code : 'error');
  const value = failureObject(failure);
  await answerNow(
    exchange,
    to,
    { member: 'error', value },
    { status: failureStatus(failure), headers },
  );
}

/** The request as a client with a session would have made it. */
function asOfSession({ bytes, request }: ModernPost): { bytes: Buffer; request: RequestEnvelope } {
  if (request.params === undefined) return { bytes, request };
  const plain = withoutModernMembers(bytes, request.params);
  const read = readMessage(plain);
  if (read.kind !== 'single' || read.message.kind !== 'request') throw new TypeError('no request');
  return { bytes: plain, request: read.message };
}

/** Digest of what the call is about: a client that returns must ask for the very same, where it did. */
function subjectOf({ exchange, bytes, request }: ModernPost): string {
  const { config } = exchange.ticket;
  const hash = createHash('sha256').update(`${config.hash}\n${request.method}\n`);
  for (const key of ['name', 'arguments']) {
    const member = request.params && findMember(request.params.members, key);
    const raw = member ? bytes.subarray(member.value.start, member.value.end) : Buffer.of();
    hash.update(`${raw.length}:`).update(raw);
  }
  return hash.digest('base64');
}

function ownerOf({ exchange }: ModernPost) {
  const { config, caller } = exchange.ticket;
  const user = userKey(caller.identity);
  return { endpoint: config.endpoint, principal: caller.principal, user };
}
