import { readRequestId } from '../../../../lib/tracing/trace-context.js';
import type { CallEvent, Done, Fail } from '../../core/calls/call.js';
import { admitsLog } from '../../core/calls/log-level.js';
import { failureObject, failureStatus } from '../../core/calls/rpc-error.js';
import type { AskedUser, Asks } from '../questions/asks.js';
import { CallAsks, refuseAsk } from '../questions/call-asks.js';
import type { Exchange, ReplyTo, Timing } from '../requests/exchange.js';
import { CallReply } from './call-reply.js';
import { notificationFrame } from './frames.js';
import type { Answer, Frame } from './frames.js';
import type { SpokenEra } from './outcome-headers.js';
import type { RunningCall } from '../requests/in-flight.js';
import type { ChannelOwner, Channels } from '../streams/channels.js';

/** One call on its way. */
export interface OngoingCall {
  readonly events: AsyncIterable<CallEvent>;
  readonly running: RunningCall;
  readonly spoken: SpokenEra;
  /** Least severe log message that the client wants; absent where the server decides. */
  readonly logLevel: string | undefined;
  /** Whom the server's questions go to; absent where the client cannot be asked. */
  readonly asked: AskedUser | undefined;
  /** Who may come back to the call's stream; absent where nobody could. */
  readonly owner: ChannelOwner | undefined;
}

export interface AnswerParts {
  readonly timing: Timing;
  readonly asks: Asks;
  readonly channels: Channels;
}

/**
 * Answers a call of a client with a session, or that could have one. A client that takes only JSON
 * sees no notifications. Leaving is not cancelling (requirement H39): the client may come back.
 */
export async function answerCall(
  exchange: Exchange,
  to: ReplyTo,
  server: string,
  call: OngoingCall,
  { timing, asks, channels }: AnswerParts,
): Promise<void> {
  const { asked, owner, running, spoken } = call;
  const abort = () => running.abort();
  const { graceMs } = timing;
  const reply = new CallReply(exchange, to, {
    server,
    spoken,
    channels,
    timing,
    owner,
    abort,
    graceMs,
  });
  const send = reply.send.bind(reply);
  const questions =
    asked && exchange.accepts.stream ? new CallAsks(asks, { asked, server }, send) : undefined;
  try {
    const last = await relay(call, send, questions);
    exchange.account.outcome = outcomeOf(last);
    exchange.trace?.answered(last);
    const ended = wasAnswered(last) ? questions?.finish() : questions?.close();
    if (ended) await ended;
    const status = last.type === 'fail' ? failureStatus(last.failure) : 200;
    const written = reply.end(answerOf(last, exchange), status);
    if (written) await written;
  } finally {
    const closed = questions?.close();
    if (closed) await closed;
    reply.close();
  }
}

/** Hands on each notification and question; answers the last event. */
async function relay(
  { events, logLevel }: OngoingCall,
  send: (frame: Frame) => Promise<void>,
  questions: CallAsks | undefined,
): Promise<Done | Fail> {
  for await (const event of events) {
    switch (event.type) {
      case 'note':
        if (admitsLog(logLevel, event)) await send(notificationFrame(event));
        break;
      case 'ask':
        if (questions) await questions.show(event);
        else refuseAsk(event);
        break;
      case 'done':
      case 'fail':
        return event;
      case 'input':
        // It has been put as questions on its way here.
        break;
    }
  }
  const message = 'the call ended without an answer';
  return { type: 'fail', failure: { kind: 'local', code: 'internal', message } };
}

/** Whether the server itself has ended the call. */
function wasAnswered(last: Done | Fail): boolean {
  return last.type === 'done' || last.failure.kind === 'answered';
}

function answerOf(last: Done | Fail, { headers }: Exchange): Answer {
  if (last.type === 'done') return { member: 'result', value: last.result };
  return { member: 'error', value: failureObject(last.failure, readRequestId(headers)) };
}

/** How a call ended, as `X-Mcp-Outcome` says it. */
export function outcomeOf(last: Done | Fail): string {
  if (last.type === 'done') return 'ok';
  return last.failure.kind === 'answered' ? 'error' : last.failure.code;
}
