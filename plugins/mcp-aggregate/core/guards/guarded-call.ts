import { McpError } from '../../../../lib/errors/errors.js';
import { namesOnce } from '../../../../lib/json/names-once.js';
import { splice } from '../../../../lib/json/splice.js';
import type { ParamsEnvelope } from '../../../../lib/json/types.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { CallEvent, Done } from '../calls/call.js';
import { eventSteps } from '../calls/event-steps.js';
import { forwardCall } from '../calls/forward-call.js';
import type { CallContext } from '../calls/forward-call.js';
import { failed } from '../calls/local-failure.js';
import type { Routed } from '../calls/route-request.js';
import { readCall } from '../calls/set-arguments.js';
import type { CallParams } from '../calls/set-arguments.js';
import type { Hearer } from '../uris/updates.js';
import type { Guard, GuardedSide } from './guard.js';
import type { Guards } from './guard-set.js';

/** Of arguments; a guard and a server must read them alike. */
const mostMembers = 10_000;
const none = Buffer.from('{}');

/** `forwardCall`, where guards of its tool let it pass. */
export function guardedCall(
  guards: Guards | undefined,
  routed: Routed,
  message: Buffer,
  params: ParamsEnvelope,
  call: CallContext,
  hearer: Hearer,
): AsyncIterable<CallEvent> {
  const { kind, name } = routed.target;
  const own = call.method === methods.callTool && kind === 'tool' ? guards?.of(name) : undefined;
  if (own === undefined) return forwardCall(routed, message, params, call, hearer);
  return new GuardedCall(own, routed, { message, params }, call, hearer);
}

class GuardedCall implements AsyncIterableIterator<CallEvent> {
  readonly #guards: readonly Guard[];
  readonly #routed: Routed;
  readonly #given: CallParams;
  readonly #call: CallContext;
  readonly #hearer: Hearer;
  #inner: AsyncIterator<CallEvent> | undefined;
  #over = false;

  constructor(
    guards: readonly Guard[],
    routed: Routed,
    given: CallParams,
    call: CallContext,
    hearer: Hearer,
  ) {
    this.#guards = guards;
    this.#routed = routed;
    this.#given = given;
    this.#call = call;
    this.#hearer = hearer;
  }

  async next(): Promise<IteratorResult<CallEvent, undefined>> {
    if (this.#over) return { done: true, value: undefined };
    if (this.#inner === undefined) {
      const begun = await this.#begin();
      if ('type' in begun) {
        this.#over = true;
        return { done: false, value: begun };
      }
      // Whoever left meanwhile wants nothing to be sent.
      if (this.#over) return { done: true, value: undefined };
      this.#inner = begun[Symbol.asyncIterator]();
    }
    return this.#inner.next() as Promise<IteratorResult<CallEvent, undefined>>;
  }

  async return(): Promise<IteratorResult<CallEvent, undefined>> {
    this.#over = true;
    await this.#inner?.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #begin(): Promise<AsyncIterable<CallEvent> | CallEvent> {
    let asked: CallParams;
    try {
      asked = await this.#ask();
    } catch (error) {
      if (error instanceof McpError) return failed(error);
      throw error;
    }
    const { message, params } = asked;
    const routed = { ...this.#routed, span: params.name!.span };
    const onResult = this.#guards.some(({ config }) => config.on.has('result'));
    if (!onResult) return forwardCall(routed, message, params, this.#call, this.#hearer);
    // A task would bring its result by another way.
    const call = { ...this.#call, nameTask: undefined };
    return eventSteps({
      open: () => forwardCall(routed, message, params, call, this.#hearer),
      each: (event) => (event.type === 'done' ? this.#answered(event) : event),
    });
  }

  /** The call as its guards let it pass. @throws McpError */
  async #ask(): Promise<CallParams> {
    const { message, params } = this.#given;
    if (!this.#guards.some(({ config }) => config.on.has('request'))) return this.#given;
    const given = params.members.find(({ key }) => key === 'arguments');
    const raw = given ? message.subarray(given.value.start, given.value.end) : none;
    if (!namesOnce(raw, mostMembers)) {
      const why = 'arguments that a guard looks at have a name twice, or too many members';
      throw new McpError('invalid_request', why);
    }
    const judged = await this.#judge('request', raw);
    if (judged === raw || given === undefined) return this.#given;
    const { start, end } = params.span;
    const span = { start: given.value.start - start, end: given.value.end - start };
    return readCall(splice(message.subarray(start, end), [{ span, replacement: judged }]));
  }

  /** Never rejected with an McpError. */
  async #answered(event: Done): Promise<CallEvent> {
    if (event.task === true) {
      const why = 'the server answers with a task, which no guard could look at';
      return failed(new McpError('guard_unavailable', why));
    }
    try {
      const result = await this.#judge('result', event.result);
      return result === event.result ? event : { ...event, result, places: undefined };
    } catch (error) {
      if (error instanceof McpError) return failed(error);
      throw error;
    }
  }

  async #judge(on: GuardedSide, raw: Buffer): Promise<Buffer> {
    const { caller, headers, span, signal } = this.#call;
    const { name: tool, server } = this.#routed.target;
    const id = headers?.['x-kong-request-id'];
    const requestId = typeof id === 'string' ? id : undefined;
    const about = { on, tool, server: server.name, caller, requestId, signal } as const;
    let given = raw;
    for (const guard of this.#guards) {
      if (!guard.config.on.has(on)) continue;
      given = await guard.judge({ ...about, given, span: span?.context });
    }
    return given;
  }
}
