import { McpError } from '../../../../lib/errors/errors.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { methods } from '../../../../lib/protocol/methods.js';
import { readRequestId } from '../../../../lib/tracing/trace-context.js';
import type { CallEvent, Done, Input } from '../../core/calls/call.js';
import { modernStatus } from '../../core/eras/modern-errors.js';
import { inputRequired, modernResult } from '../../core/eras/modern-result.js';
import type { CacheHints } from '../../core/calls/upstream-port.js';
import { readHints, uncached } from '../../core/lists/cache-hints.js';
import { failureObject } from '../../core/calls/rpc-error.js';
import { outcomeOf } from '../answer/answer-call.js';
import type { CallReply } from '../answer/call-reply.js';
import { lifetimeOf } from '../requests/lifetime.js';
import { ownerOf } from './modern-post.js';
import type { ModernPost } from './modern-post.js';
import type { OngoingCall, Parking } from './rounds/parked-calls.js';
import { subjectOf } from './rounds/subject.js';

/** Methods whose results may be questions (2026-07-28, basic/patterns/mrtr). */
const asking: ReadonlySet<string> = new Set([
  methods.callTool,
  methods.getPrompt,
  methods.readResource,
]);

/**
 * Answers a request with the call's last event.
 * @throws McpError `upstream_protocol` for questions in answer to what must not be asked in;
 *   `upstream_too_large` where clients cannot carry so much
 */
export async function finish(
  post: ModernPost,
  reply: CallReply,
  call: OngoingCall,
  last: CallEvent,
): Promise<void> {
  const { account, headers, trace } = post.exchange;
  trace?.answered(last);
  // What the answer takes is counted with the call, which may have begun with another request.
  const { hold } = call;
  switch (last.type) {
    case 'input':
      return ask(post, reply, call.server, last.requests, sealRound(post, call, last));
    case 'done':
      account.outcome = outcomeOf(last);
      return reply.end({ member: 'result', value: resultOf(post, last) }, 200, hold);
    case 'fail': {
      account.outcome = outcomeOf(last);
      const value = failureObject(last.failure, readRequestId(headers));
      return reply.end({ member: 'error', value }, modernStatus(last.failure), hold);
    }
    default:
      throw new TypeError('not the last event of a call');
  }
}

function resultOf(post: ModernPost, done: Done): RawJson {
  const { config } = post.exchange.ticket;
  const cached = post.request.method === methods.readResource;
  const hints = cached ? hintsOf(post, done) : undefined;
  const type = done.task ? 'task' : 'complete';
  return modernResult(done.result, config.serverName, hints, type, done.places);
}

/** What others may see may be another thing as soon as anything depends on who asks. */
function hintsOf({ exchange }: ModernPost, { result, modern, places }: Done): CacheHints {
  if (modern !== true) return uncached;
  const { ticket, runtime } = exchange;
  const said = readHints(result, places);
  const ofCaller =
    ticket.config.access.policy.hasRules || runtime.contextOf(ticket.caller) !== undefined;
  return { ...said, isPrivate: said.isPrivate || ofCaller };
}

/** Puts questions of a call that waits here for the answers. */
export async function park(post: ModernPost, reply: CallReply, call: OngoingCall): Promise<void> {
  const { response } = post.exchange;
  const { state, leave } = keep(post, call);
  // Who has not got the state can never come back with it.
  response.once('close', () => {
    if (!response.writableFinished) leave();
  });
  if (response.destroyed) leave();
  await ask(post, reply, call.server, call.asks, state);
}

/** @throws McpError `overloaded`: the call is then given up */
function keep(post: ModernPost, call: OngoingCall): Parking {
  const { exchange, parts } = post;
  const { caller, config } = exchange.ticket;
  const parked = { ...call, about: subjectOf(post), configuration: config.hash };
  try {
    return parts.parked.park(ownerOf(exchange), parked, lifetimeOf(caller.identity));
  } catch (error) {
    call.abandon();
    throw error;
  }
}

/** The server keeps nothing meanwhile, and neither does the gateway. */
function sealRound(post: ModernPost, { server }: OngoingCall, input: Input): string {
  const { exchange, parts, request } = post;
  if (!asking.has(request.method)) {
    const message = `server ${server} asked in answer to ${request.method}`;
    throw new McpError('upstream_protocol', message, { server });
  }
  const about = subjectOf(post);
  const asked = input.requests.map(({ key, method }) => [key, method] as const);
  const round = { kind: 'round', server, about, asked, state: input.state } as const;
  const ms = Math.min(parts.timing.askMs, lifetimeOf(exchange.ticket.caller.identity));
  return parts.states.seal(ownerOf(exchange), round, ms);
}

async function ask(
  { exchange }: ModernPost,
  reply: CallReply,
  server: string,
  asked: Input['requests'],
  state: string,
): Promise<void> {
  exchange.account.outcome = 'input_required';
  await reply.end({ member: 'result', value: inputRequired(server, asked, state) }, 200);
}
