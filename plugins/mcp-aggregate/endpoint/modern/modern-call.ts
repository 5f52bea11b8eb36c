import { userKey } from '../../../../lib/identity/identity.js';
import { readModernRequest } from '../../core/admit/modern-request.js';
import type { ModernRequest } from '../../core/admit/modern-request.js';
import { checkParamHeaders } from '../../core/params/check-param-headers.js';
import type { InputGiven } from '../../core/calls/call.js';
import { guardedCall } from '../../core/guards/guarded-call.js';
import { checkedAnswer } from '../../core/eras/input-answers.js';
import { routeRequest } from '../../core/calls/route-request.js';
import type { Routed } from '../../core/calls/route-request.js';
import { unpackCapabilities } from '../../core/capabilities/client-capabilities.js';
import type { NameTask } from '../../core/tasks/server-task.js';
import { restoreAnswer } from '../../core/uris/rewrite-ask.js';
import { SpokenEra } from '../answer/outcome-headers.js';
import { noteTarget } from '../requests/account.js';
import { conversationOf } from './conversation.js';
import { goOn } from './go-on.js';
import { Lookahead } from './rounds/lookahead.js';
import { ownerOf } from './modern-post.js';
import type { ModernPost } from './modern-post.js';
import type { OngoingCall } from './rounds/parked-calls.js';
import { unaskedInput } from './rounds/unasked-input.js';
import { staleState } from './rounds/request-states.js';
import type { AskedRound } from './rounds/request-states.js';
import { subjectOf } from './rounds/subject.js';

/** What of a request leads to a server. */
export interface Asked {
  readonly said: ModernRequest;
  readonly routed: Routed;
}

/**
 * Serves a request for one server. What the server wants to know ends the request as
 * `input_required`, and the call goes on when its client returns with the answers. Who returns is let
 * in anew: what is hidden from the caller by now is not gone on with.
 * @throws McpError
 */
export async function callServer(post: ModernPost): Promise<void> {
  const { exchange, bytes, request } = post;
  const { runtime, ticket } = exchange;
  const said = readModernRequest(bytes, request.params);
  const { router } = runtime.itemsFor(ticket.caller);
  const { params } = request;
  const routed = await routeRequest(router, request.method, params, ticket);
  noteTarget(exchange.account, routed.target);
  const { params: mirrored } = routed.target;
  // Of a tool that its client has never seen listed it cannot know the headers.
  if (mirrored !== undefined && !post.unwrapped) {
    checkParamHeaders(mirrored, exchange.headers, bytes, params);
  }
  const call = callOf(post, { said, routed });
  return goOn(post, call, said.logLevel);
}

/** The call of a request: a new one, or one that its client comes back to. */
function callOf(post: ModernPost, asked: Asked): OngoingCall {
  const { exchange, parts } = post;
  if (asked.said.state === undefined) {
    return begin(post, asked, unaskedInput(asked.said, asked.routed));
  }
  const state = parts.states.open(ownerOf(exchange), asked.said.state);
  if (state.kind === 'parked') return takeUp(post, asked, state.id);
  return begin(post, asked, inputOf(post, asked, state));
}

/** A call that has waited here, with the answers that its client brings. */
function takeUp(post: ModernPost, { said }: Asked, id: string): OngoingCall {
  const configuration = post.exchange.ticket.config.hash;
  const same = { about: subjectOf(post), configuration };
  const check = (call: OngoingCall) => {
    for (const { key, method } of call.asks) {
      const given = said.answers.get(key);
      if (given !== undefined) checkedAnswer(key, method, given);
    }
  };
  const call = post.parts.parked.take(id, same, check);
  const open = call.asks.filter((ask) => {
    const result = said.answers.get(ask.key);
    if (result !== undefined) ask.answer({ result });
    // A client that does not answer is asked again (2026-07-28, basic/patterns/mrtr).
    return result === undefined;
  });
  return { ...call, asks: open };
}

/**
 * What the client answers to a server that keeps nothing of the call; that server asks again for what
 * it misses.
 * @throws McpError `invalid_params`
 */
function inputOf(post: ModernPost, { said, routed }: Asked, round: AskedRound): InputGiven {
  const { server } = routed.target;
  if (round.server !== server.name || round.about !== subjectOf(post)) throw staleState();
  const answers = new Map<string, Buffer>();
  for (const [key, method] of round.asked) {
    const given = said.answers.get(key);
    if (given === undefined) continue;
    const checked = checkedAnswer(key, method, given);
    answers.set(
      key,
      restoreAnswer(method, checked, (uri) => server.exposure.restoreUri(uri)),
    );
  }
  return { answers, state: round.state };
}

/** Sends a request to its server, which may have given it up when this ends. */
export function begin(post: ModernPost, asked: Asked, input: InputGiven | undefined): OngoingCall {
  const { exchange, parts, bytes, request, to } = post;
  const { runtime, ticket } = exchange;
  const { said, routed } = asked;
  const { params, method } = request;
  const scope = { ...ownerOf(exchange), session: undefined };
  const running = parts.inFlight.begin(scope, `modern ${to.id.toString()}`);
  const leave = runtime.enter();
  const conversation = conversationOf(ticket, said);
  // The call may outlive this request, and answer another.
  const hold = parts.answers.hold(userKey(ticket.caller.identity));
  const nameTask: NameTask = (task, ttlMs) => parts.taskIds.seal(ownerOf(exchange), task, ttlMs);
  const spoken = new SpokenEra();
  const context = {
    method,
    modern: true,
    input,
    nameTask: said.tasks ? nameTask : undefined,
    caller: ticket.caller,
    headers: exchange.headers,
    span: exchange.trace?.span,
    capabilities: unpackCapabilities(said.capabilities),
    conversation: conversation.name,
    logLevel: said.logLevel,
    hold,
    onEra: spoken.note,
    signal: running.signal,
  };
  const abandon = () => {
    hold.release();
    running.abort();
    running.end();
    if (conversation.ofCall) runtime.endConversation(conversation.name);
    leave();
  };
  const events = guardedCall(runtime.guards, routed, bytes, params!, context, ticket);
  const server = routed.target.server.name;
  return { events: new Lookahead(events), asks: [], server, spoken, hold, abandon };
}
