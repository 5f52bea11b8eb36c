import { McpError } from '../../../../lib/errors.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { Ask, CallEvent, Failure, Input } from '../../core/calls/call.js';
import { isLast } from '../../core/calls/call.js';
import { inputRequired, modernResult } from '../../core/calls/modern-result.js';
import { failureObject, failureStatus } from '../../core/calls/rpc-error.js';
import { outcomeHeaders } from '../answer/answer-call.js';
import { answerNow } from '../requests/exchange.js';
import { lifetimeOf } from '../requests/lifetime.js';
import { ownerOf } from './modern-post.js';
import type { ModernPost } from './modern-post.js';
import type { ParkedCall, Parking } from './parked-calls.js';

/** Questions that come so close together are put together, in milliseconds. */
const gatherMs = 20;
/** Methods whose results may be questions (2026-07-28, basic/patterns/mrtr). */
const asking: ReadonlySet<string> = new Set([
  methods.callTool,
  methods.getPrompt,
  methods.readResource,
]);

/** Takes a call's events until there is something to answer the request with. */
export async function goOn(post: ModernPost, call: ParkedCall): Promise<void> {
  const { response } = post.exchange;
  // Here leaving is cancelling (requirement H18).
  const onClose = () => call.abandon();
  response.once('close', onClose);
  if (response.destroyed) onClose();
  let next: CallEvent | readonly Ask[] | undefined;
  try {
    next = await nextOf(call);
  } finally {
    response.off('close', onClose);
    if (!isAsked(next)) call.abandon();
  }
  if (isAsked(next)) return park(post, { ...call, asks: next });
  await answerLast(post, call, next);
}

/** The call's last event; or its questions, where it does not go on without answers. */
async function nextOf({ events, asks }: ParkedCall): Promise<CallEvent | readonly Ask[]> {
  let open = [...asks];
  let until = performance.now() + gatherMs;
  for (;;) {
    open = open.filter(({ withdrawn }) => !withdrawn.aborted);
    if (open.length > 0 && !(await events.isSoon(Math.max(0, until - performance.now())))) {
      return open;
    }
    const event = await events.next();
    if (event === undefined) throw new TypeError('a call ended without its last event');
    if (isLast(event)) return event;
    if (event.type !== 'ask') continue;
    if (open.length === 0) until = performance.now() + gatherMs;
    open.push(event);
  }
}

function isAsked(next: CallEvent | readonly Ask[] | undefined): next is readonly Ask[] {
  return Array.isArray(next);
}

async function park(post: ModernPost, call: ParkedCall): Promise<void> {
  const { exchange } = post;
  const { state, leave } = keep(post, call);
  const { response } = exchange;
  // Who has not got the state can never come back with it.
  response.once('close', () => {
    if (!response.writableFinished) leave();
  });
  if (response.destroyed) leave();
  await ask(post, call.server, call.asks, state);
}

/** @throws McpError `overloaded`: the call is then given up */
function keep({ exchange, parts }: ModernPost, call: ParkedCall): Parking {
  const { identity } = exchange.ticket.caller;
  try {
    return parts.parked.park(ownerOf(exchange), call, lifetimeOf(identity));
  } catch (error) {
    call.abandon();
    throw error;
  }
}

async function answerLast(post: ModernPost, call: ParkedCall, last: CallEvent): Promise<void> {
  const { exchange, to } = post;
  const { server } = call;
  if (last.type === 'input') return askAnew(post, call, last);
  if (last.type === 'done') {
    const { serverName } = exchange.ticket.config;
    const value = modernResult(last.result, serverName, false, last.task ? 'task' : undefined);
    const headers = outcomeHeaders(server, 'ok');
    return answerNow(exchange, to, { member: 'result', value }, { headers });
  }
  if (last.type === 'fail') return fail(post, server, last.failure);
}

/** The server keeps nothing meanwhile, and neither does the gateway. */
async function askAnew(post: ModernPost, call: ParkedCall, input: Input): Promise<void> {
  const { exchange, parts, request } = post;
  const { server, about } = call;
  if (!asking.has(request.method)) {
    const message = `server ${server} asked in answer to ${request.method}`;
    throw new McpError('upstream_protocol', message, { server });
  }
  const asked = input.requests.map(({ key, method }) => [key, method] as const);
  const round = { kind: 'round', server, about, asked, state: input.state } as const;
  const ms = Math.min(parts.timing.askMs, lifetimeOf(exchange.ticket.caller.identity));
  await ask(post, server, input.requests, parts.states.seal(ownerOf(exchange), round, ms));
}

async function ask(
  { exchange, to }: ModernPost,
  server: string,
  asked: Input['requests'],
  state: string,
): Promise<void> {
  exchange.account.outcome = 'input_required';
  const value = inputRequired(server, asked, state);
  const headers = outcomeHeaders(server, 'input_required');
  await answerNow(exchange, to, { member: 'result', value }, { headers });
}

async function fail({ exchange, to }: ModernPost, server: string, failure: Failure): Promise<void> {
  const outcome = failure.kind === 'local' ? failure.code : 'error';
  exchange.account.outcome = outcome;
  const answer = { member: 'error', value: failureObject(failure) } as const;
  const headers = outcomeHeaders(server, outcome);
  await answerNow(exchange, to, answer, { status: failureStatus(failure), headers });
}
