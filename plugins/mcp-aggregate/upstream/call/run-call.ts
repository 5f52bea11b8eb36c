import { deadlineOf } from '../../config/config-patience.js';
import type { Patience } from '../../config/config-patience.js';
import type { McpError } from '../../../../lib/errors/errors.js';
import { allTaskMethods } from '../../../../lib/protocol/tasks.js';
import type { FairShare } from '../../../../lib/flow/fair-share.js';
import { isLast } from '../../core/calls/call.js';
import type { Ask, Call, CallEvent } from '../../core/calls/call.js';
import { Attempt } from './attempt.js';
import type { TracedServer } from './attempt.js';
import { CallScope } from './call-scope.js';
import type { Exchange } from '../conversation/exchange.js';
import { failEvent, unavailable } from '../failure/failures.js';
import { LineLost } from '../conversation/link.js';
import type { Line, LineRequest, Link, OpenLine, Party } from '../conversation/link.js';
import { takeSeat } from './take-seat.js';

/** The part of a `Call` that reaches the server. */
export type PlainCall = Pick<Call, 'signal' | 'tool' | 'hold' | 'onEra' | 'span'> &
  LineRequest & {
    readonly party: Party;
    /** Whose share of the server's connections it takes. */
    readonly holder: string;
  };

type CalledServer = Patience & TracedServer;
type Step = IteratorResult<CallEvent, undefined>;

const progressMethod = 'notifications/progress';
const over: Step = { done: true, value: undefined };
const ended = Promise.resolve(over);

interface Sent {
  readonly line: Line;
  readonly exchange: Exchange;
  /** The line may have been lost before this call. */
  readonly retry: boolean;
  /** Where it is traced. */
  readonly attempt: Attempt | undefined;
  finish(): void;
}

/**
 * Runs one call to its last event. Never throws. Where the server has forgotten the session, a new
 * one is set up and the call sent again, once: such a refusal comes before any work.
 *
 * Begins with the first `next`. Written as an iterator whose parts call each other at once: as async
 * functions and a generator, a call took some thirty promises and twice the time.
 */
export class RunCall implements AsyncIterableIterator<CallEvent> {
  readonly #server: CalledServer;
  readonly #link: Link;
  readonly #call: PlainCall;
  readonly #seats: FairShare | undefined;
  #leaveSeat: (() => void) | undefined;
  #scope: CallScope | undefined;
  #sent: Sent | undefined;
  #failure: CallEvent | undefined;
  #over = false;
  #waiting: ((step: Step) => void) | undefined;

  /** @param seats the connections that all calls share; absent where each has all it needs */
  constructor(server: CalledServer, link: Link, call: PlainCall, seats?: FairShare) {
    this.#server = server;
    this.#seats = seats;
    this.#link = link;
    this.#call = call;
  }

  next(): Promise<Step> {
    if (this.#over) return ended;
    if (this.#scope === undefined) this.#begin();
    const event = this.#take();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  return(): Promise<Step> {
    this.#finish();
    this.#waiting?.(over);
    return ended;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Its deadline counts from when there is a way to send it on: what it waits for is not the server. */
  #begin(): void {
    const { name: server } = this.#server;
    const { tool, signal, holder } = this.#call;
    const mostMs = deadlineOf(this.#server, tool);
    const scope = new CallScope(server, mostMs, signal, false);
    this.#scope = scope;
    const options = { server, seats: this.#seats, holder, mostMs };
    this.#leaveSeat = takeSeat(options, scope, (error) => {
      if (error) this.#fail(error);
      else this.#open(scope, true);
    });
  }

  #open(scope: CallScope, retry: boolean): void {
    let opened: OpenLine | Promise<OpenLine>;
    try {
      if (scope.reason) throw scope.reason;
      opened = this.#link.open(this.#call.party);
      if (!(opened instanceof Promise)) return this.#prepare(scope, opened, retry);
    } catch (error) {
      return this.#fail(error);
    }
    scope
      .within(opened)
      .then((line) => this.#prepare(scope, line, retry))
      .catch((error: unknown) => this.#fail(error));
  }

  #prepare(scope: CallScope, { line, fresh }: OpenLine, mayRetry: boolean): void {
    scope.start();
    const { logLevel } = this.#call.party;
    const retry = mayRetry && !fresh;
    if (logLevel === undefined || line.modern) return this.#send(scope, line, retry);
    line
      .setLogLevel(logLevel, scope)
      .then(
        () => this.#send(scope, line, retry),
        (error: unknown) => this.#onLost(scope, line, retry, error),
      )
      .catch((error: unknown) => this.#fail(error));
  }

  #send(scope: CallScope, line: Line, retry: boolean): void {
    if (this.#over) return;
    if (!line.modern && allTaskMethods.has(this.#call.method)) return this.#fail(this.#noTasks());
    this.#call.onEra?.(line.modern);
    const { span } = this.#call;
    const attempt = span && new Attempt(this.#server, this.#call, span, line.modern);
    const call = attempt?.request ?? this.#call;
    const { exchange, finish } = begin(line, call, this.#call, scope, () => this.#wake());
    const sent = { line, exchange, retry, attempt, finish };
    this.#sent = sent;
    line.send(exchange).catch((error: unknown) => this.#onRefused(scope, sent, error));
  }

  /** A server may ask or answer before it refuses: then there is no second try. */
  #onRefused(scope: CallScope, sent: Sent, error: unknown): void {
    if (this.#over || this.#sent !== sent) return;
    if (!(error instanceof LineLost) || sent.exchange.hasSpoken) return sent.exchange.fail(error);
    sent.finish();
    sent.attempt?.end(undefined, 'session_lost');
    this.#onLost(scope, sent.line, sent.retry, error);
  }

  #onLost(scope: CallScope, line: Line, retry: boolean, error: unknown): void {
    if (this.#over) return;
    if (!(error instanceof LineLost)) return this.#fail(error);
    this.#link.forget(this.#call.party, line);
    if (!retry) return this.#fail(error);
    this.#sent = undefined;
    this.#open(scope, false);
  }

  #fail(error: unknown): void {
    this.#failure = failEvent(this.#server.name, error);
    this.#wake();
  }

  /** Revisions with sessions have other tasks under these names. */
  #noTasks(): McpError {
    return unavailable(this.#server.name, 'does not serve its tasks any more', 'ready');
  }

  #wake(): void {
    if (this.#waiting === undefined) return;
    const event = this.#take();
    if (event === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting({ done: false, value: event });
  }

  /** A consumer that has the last event may never come back: all ends before it is handed out. */
  #take(): CallEvent | undefined {
    const event = this.#failure ?? this.#sent?.exchange.take();
    if (event === undefined) return undefined;
    if (isLast(event)) this.#finish(event);
    else if (event.type === 'note' && event.method === progressMethod) this.#scope?.prolong();
    return event.type === 'ask' ? pausing(event, this.#scope!) : event;
  }

  #finish(last?: CallEvent): void {
    if (this.#over) return;
    this.#over = true;
    this.#sent?.finish();
    this.#sent?.attempt?.end(last);
    this.#scope?.dispose();
    this.#leaveSeat?.();
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

/** The exchange, ended with the scope; the server is then told. */
function begin(
  line: Line,
  request: LineRequest,
  { hold }: PlainCall,
  scope: CallScope,
  onEvent: () => void,
) {
  const exchange = line.begin(request);
  exchange.hold = hold;
  exchange.listen(onEvent);
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
