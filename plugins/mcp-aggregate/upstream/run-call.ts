import { deadlineOf } from '../config-patience.js';
import type { Patience } from '../config-patience.js';
import type { Ask, Call, CallEvent } from '../core/call.js';
import { CallScope } from './call-scope.js';
import type { Exchange } from './exchange.js';
import { failEvent } from './failures.js';
import { LineLost } from './link.js';
import type { Line, Link, Party } from './link.js';

/** The part of a `Call` that reaches the server. */
export type PlainCall = Pick<Call, 'method' | 'params' | 'signal' | 'tool'> & {
  readonly party: Party;
  /** The client's header fields that are meant for the server. */
  readonly forwarded?: Readonly<Record<string, string>> | undefined;
};

/**
 * Runs one call to its last event. Never throws. Where the server has forgotten the session, a new
 * one is set up and the call sent again, once: such a refusal comes before any work.
 */
export async function* runCall(
  server: Patience & { readonly name: string },
  link: Link,
  call: PlainCall,
): AsyncGenerator<CallEvent, void, undefined> {
  const scope = new CallScope(server.name, deadlineOf(server, call.tool), call.signal);
  try {
    const sent = await sendOnce(link, call, scope, true);
    try {
      for await (const event of sent.exchange.events()) {
        // A consumer that has the last event may never come back: clean up before it is handed out.
        if (event.type === 'done' || event.type === 'fail') {
          sent.finish();
          scope.dispose();
        }
        yield event.type === 'ask' ? pausing(event, scope) : event;
      }
    } finally {
      sent.finish();
    }
  } catch (error) {
    yield failEvent(server.name, error);
  } finally {
    scope.dispose();
  }
}

/** The question; the server's deadline stands still until the client has answered it. */
function pausing(ask: Ask, scope: CallScope): Ask {
  const resume = scope.pause();
  ask.withdrawn.addEventListener('abort', resume, { once: true });
  if (ask.withdrawn.aborted) resume();
  const answer: Ask['answer'] = (given) => {
    resume();
    ask.answer(given);
  };
  return { ...ask, answer };
}

interface Sent {
  readonly exchange: Exchange;
  finish(): void;
}

async function sendOnce(
  link: Link,
  call: PlainCall,
  scope: CallScope,
  retry: boolean,
): Promise<Sent> {
  if (scope.reason) throw scope.reason;
  const { line, fresh } = await scope.within(link.open(call.party));
  let sent: Sent | undefined;
  try {
    const { logLevel } = call.party;
    if (logLevel !== undefined) await line.setLogLevel(logLevel, scope);
    sent = begin(line, call, scope);
    await begun(line, sent.exchange);
    return sent;
  } catch (error) {
    sent?.finish();
    if (!(error instanceof LineLost)) throw error;
    link.forget(call.party, line);
    if (fresh || !retry) throw error;
    return sendOnce(link, call, scope, false);
  }
}

/**
 * Resolves when the answer has begun. A server may ask on its own stream before it answers at all,
 * so where the client can be asked a first event counts as well.
 */
async function begun(line: Line, exchange: Exchange): Promise<void> {
  const sending = line.send(exchange);
  if (exchange.asking === undefined) return sending;
  await Promise.race([sending, exchange.spoken()]);
  sending.catch((error: unknown) => exchange.fail(error));
}

/** The exchange, ended with the scope; the server is then told. */
function begin(line: Line, call: PlainCall, scope: CallScope): Sent {
  const exchange = line.begin(call.method, call.params, call.party.capabilities);
  exchange.headers = call.forwarded;
  const remove = scope.onEnd((reason) => {
    exchange.fail(reason);
    const timeout = reason.code === 'upstream_timeout';
    line.cancel(exchange, timeout ? 'deadline passed' : 'cancelled by the client');
  });
  const finish = () => {
    remove();
    exchange.end();
  };
  return { exchange, finish };
}
