import { readRequestId } from '../../../../lib/trace-context.js';
import type { CallEvent, Done, Fail, Note } from '../../core/calls/call.js';
import { admitsLog } from '../../core/calls/log-level.js';
import { failureObject, failureStatus } from '../../core/calls/rpc-error.js';
import type { AskedUser, Asks } from '../questions/asks.js';
import { CallAsks, refuseAsk } from '../questions/call-asks.js';
import { CallOutput } from './call-output.js';
import { answerNow } from '../requests/exchange.js';
import type { Exchange, ReplyTo, Timing } from '../requests/exchange.js';
import { notificationFrame, responseFrame } from './frames.js';
import type { Answer } from './frames.js';
import type { RunningCall } from '../requests/in-flight.js';
import { lifetimeOf } from '../requests/lifetime.js';
import type { ChannelOwner, Channels } from '../streams/channels.js';

/** One call on its way. */
export interface OngoingCall {
  readonly events: AsyncIterable<CallEvent>;
  readonly running: RunningCall;
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

const longestTimer = 2 ** 31 - 1;

/**
 * Answers a call: as JSON when its end comes first, as a stream as soon as there is a notification
 * to show or nothing has come for a while. A client that takes only JSON sees no notifications.
 */
export async function answerCall(
  exchange: Exchange,
  to: ReplyTo,
  server: string,
  call: OngoingCall,
  { timing, asks, channels }: AnswerParts,
): Promise<void> {
  const startedAt = performance.now();
  const limits = new CallLimits(exchange, call.running, timing);
  const output = new CallOutput(exchange, {
    channels,
    owner: call.owner,
    headers: outcomeHeaders(server, 'stream'),
    heartbeatMs: timing.heartbeatMs,
    onPresence: (present) => limits.clientIs(present),
  });
  limits.onSilence(() => output.open());
  const { asked } = call;
  const send = output.send.bind(output);
  const questions =
    asked && exchange.accepts.stream ? new CallAsks(asks, { asked, server }, send) : undefined;
  try {
    const onNote = async (note: Note) => {
      if (admitsLog(call.logLevel, note)) await send(notificationFrame(note));
    };
    const last = await relay(call.events, onNote, questions);
    exchange.account.outcome = outcomeOf(last);
    if (wasAnswered(last)) await questions?.finish();
    else await questions?.close();
    const answer = answerOf(last, exchange);
    exchange.hold.onGiveWay(() => exchange.response.destroy());
    if (output.started) return await output.end(responseFrame(to.id, answer));
    const ms = Math.round(performance.now() - startedAt);
    const headers = {
      'x-mcp-server': server,
      'x-mcp-outcome': exchange.account.outcome,
      'x-mcp-upstream-ms': ms,
    };
    const status = last.type === 'fail' ? failureStatus(last.failure) : 200;
    // The answer may take a while to be written: what would begin a stream or end the call is over.
    limits.end();
    await answerNow(exchange, to, answer, { status, headers });
  } finally {
    await questions?.close();
    limits.end();
    output.close();
  }
}

/** Hands on each notification and question, and answers the last event. */
async function relay(
  events: AsyncIterable<CallEvent>,
  onNote: (note: Note) => Promise<void>,
  questions: CallAsks | undefined,
): Promise<Done | Fail> {
  for await (const event of events) {
    switch (event.type) {
      case 'note':
        await onNote(event);
        break;
      case 'ask':
        if (questions) await questions.show(event);
        else refuseAsk(event);
        break;
      case 'done':
      case 'fail':
        return event;
    }
  }
  const message = 'the call ended without an answer';
  return { type: 'fail', failure: { kind: 'local', code: 'internal', message } };
}

/**
 * Ends a call some time after its client has left for good, and when the caller's credential ends.
 * Leaving is not cancelling (requirement H39): the client may come back meanwhile.
 */
class CallLimits {
  readonly #running: RunningCall;
  readonly #timing: Timing;
  readonly #silence: NodeJS.Timeout;
  #silent: () => void = () => undefined;
  #expiry: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #over = false;

  constructor({ ticket }: Exchange, running: RunningCall, timing: Timing) {
    this.#running = running;
    this.#timing = timing;
    this.#silence = setTimeout(() => {
      this.#silent();
      const left = lifetimeOf(ticket.caller.identity);
      if (left < longestTimer) this.#expiry = setTimeout(() => running.abort(), left).unref();
    }, timing.silenceMs).unref();
  }

  onSilence(listener: () => void): void {
    this.#silent = listener;
  }

  clientIs(present: boolean): void {
    clearTimeout(this.#grace);
    if (present || this.#over) return;
    this.#grace = setTimeout(() => this.#running.abort(), this.#timing.graceMs).unref();
  }

  end(): void {
    this.#over = true;
    for (const timer of [this.#silence, this.#expiry, this.#grace]) clearTimeout(timer);
  }
}

/** Whether the server itself has ended the call. */
function wasAnswered(last: Done | Fail): boolean {
  return last.type === 'done' || last.failure.kind === 'answered';
}

function answerOf(last: Done | Fail, { headers }: Exchange): Answer {
  if (last.type === 'done') return { member: 'result', value: last.result };
  return { member: 'error', value: failureObject(last.failure, readRequestId(headers)) };
}

function outcomeOf(last: Done | Fail): string {
  if (last.type === 'done') return 'ok';
  return last.failure.kind === 'answered' ? 'error' : last.failure.code;
}

/** What Kong's logs are to carry of an answer (design §4). */
export function outcomeHeaders(
  server: string | undefined,
  outcome: string,
): Readonly<Record<string, string>> {
  if (server === undefined) return { 'x-mcp-outcome': outcome };
  return { 'x-mcp-server': server, 'x-mcp-outcome': outcome };
}
