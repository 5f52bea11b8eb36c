import type { CallEvent, Done, Fail, Note } from '../core/call.js';
import { admitsLog } from '../core/log-level.js';
import { failureObject, failureStatus } from '../core/rpc-error.js';
import type { Asked, Asks } from './asks.js';
import { CallAsks, refuseAsk } from './call-asks.js';
import { answerNow } from './exchange.js';
import type { Exchange, ReplyTo, Timing } from './exchange.js';
import { notificationFrame, responseFrame } from './frames.js';
import type { Answer, Frame } from './frames.js';
import type { RunningCall } from './in-flight.js';
import { SseWriter } from './sse-writer.js';

/** One call on its way. */
export interface OngoingCall {
  readonly events: AsyncIterable<CallEvent>;
  readonly running: RunningCall;
  /** Least severe log message that the client wants; absent where the server decides. */
  readonly logLevel: string | undefined;
  /** Whom the server's questions go to; absent where the client cannot be asked. */
  readonly asked: Asked | undefined;
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
  { timing, asks }: { readonly timing: Timing; readonly asks: Asks },
): Promise<void> {
  const startedAt = performance.now();
  const stream = new SseWriter(exchange.response, timing.heartbeatMs);
  const open = () => {
    if (exchange.accepts.stream) stream.start(outcomeHeaders(server, 'stream'));
  };
  const send = (frame: Frame) => {
    open();
    return stream.started ? stream.send(frame) : Promise.resolve();
  };
  const { asked } = call;
  const questions =
    asked && exchange.accepts.stream ? new CallAsks(asks, { asked, server }, send) : undefined;
  const stopWatching = watch(exchange, call.running, timing, open);
  try {
    const onNote = async (note: Note) => {
      if (admitsLog(call.logLevel, note)) await send(notificationFrame(note));
    };
    const last = await relay(call.events, onNote, questions);
    await questions?.close();
    const answer = answerOf(last);
    if (stream.started) return await stream.end(responseFrame(to.id, answer));
    const ms = Math.round(performance.now() - startedAt);
    const headers = { ...outcomeHeaders(server, outcomeOf(last)), 'x-mcp-upstream-ms': ms };
    const status = last.type === 'fail' ? failureStatus(last.failure) : 200;
    await answerNow(exchange, to, answer, { status, headers });
  } finally {
    await questions?.close();
    stopWatching();
    stream.stop();
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

/** Ends the call some time after its client has left, and when the caller's credential ends. */
function watch(
  exchange: Exchange,
  running: RunningCall,
  timing: Timing,
  onSilence: () => void,
): () => void {
  const { response, ticket } = exchange;
  const timers: NodeJS.Timeout[] = [];
  const after = (ms: number, act: () => void) => void timers.push(setTimeout(act, ms).unref());
  after(timing.silenceMs, () => {
    onSilence();
    const { expiresAt } = ticket.caller.identity;
    const left = expiresAt === undefined ? longestTimer : expiresAt * 1000 - Date.now();
    if (left < longestTimer) after(Math.max(0, left), () => running.abort());
  });
  const onClose = () => after(timing.graceMs, () => running.abort());
  if (response.destroyed) onClose();
  else response.once('close', onClose);
  return () => {
    response.off('close', onClose);
    for (const timer of timers) clearTimeout(timer);
  };
}

function answerOf(last: Done | Fail): Answer {
  if (last.type === 'done') return { member: 'result', value: last.result };
  return { member: 'error', value: failureObject(last.failure) };
}

function outcomeOf(last: Done | Fail): string {
  if (last.type === 'done') return 'ok';
  return last.failure.kind === 'answered' ? 'error' : last.failure.code;
}

/** What Kong's logs are to carry of an answer (design §4). */
export function outcomeHeaders(server: string | undefined, outcome: string) {
  return {
    ...(server === undefined ? {} : { 'x-mcp-server': server }),
    'x-mcp-outcome': outcome,
  };
}
