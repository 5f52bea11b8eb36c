import { McpError } from '../../../../lib/errors/errors.js';
import type { ParamsEnvelope, RawJson } from '../../../../lib/json/types.js';
import type { TraceContext } from '../../../../lib/tracing/trace-context.js';
import type { Call, CallEvent, Fail } from './call.js';
import { eventSteps, only } from './event-steps.js';
import { mirrorArguments } from '../params/mirror-arguments.js';
import { withoutHopMeta, withOriginal } from './original-edits.js';
import type { Routed } from './route-request.js';
import { setArguments } from './set-arguments.js';
import { toldTrace, traceEdits } from './trace-meta.js';
import { unknown } from './router.js';
import type { Target } from './router.js';
import { failed } from './local-failure.js';
import { tasksRequired } from '../../../../lib/protocol/tasks.js';
import { WayBack } from '../eras/way-back.js';
import type { NameTask } from '../tasks/server-task.js';
import type { Hearer } from '../uris/updates.js';
import { methods } from '../../../../lib/protocol/methods.js';
import { mirroredMethods } from '../../../../lib/http/mirrored-headers.js';

const noCompletion = Buffer.from('{"completion":{"values":[]}}');

/** What its edge knows of a call. */
export type CallContext = Omit<
  Call,
  'params' | 'tool' | 'mirrored' | 'paramHeaders' | 'tasks' | 'trace'
> & {
  /** Names a task for its client; absent where the client takes none. */
  readonly nameTask?: NameTask | undefined;
};

/**
 * Sends a request to its server; names and URIs are the server's own on its side. What comes back is
 * as the client's era has it, whatever the server's.
 * @param hearer whose rights decide of which resources changes are told
 */
export function forwardCall(
  routed: Routed,
  message: Buffer,
  params: ParamsEnvelope,
  call: CallContext,
  hearer: Hearer,
): AsyncIterable<CallEvent> {
  const { server, original, kind } = routed.target;
  const own = kind === 'tool' ? server.exposure.argumentsOf(original) : undefined;
  if (own === undefined) return forward(routed, message, params, call, hearer);
  try {
    const made = setArguments(own, { message, params });
    const { span } = made.params.name!;
    return forward({ ...routed, span }, made.message, made.params, call, hearer);
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    return only(failed(error));
  }
}

function forward(
  { target, span }: Routed,
  message: Buffer,
  params: ParamsEnvelope,
  call: CallContext,
  hearer: Hearer,
): AsyncIterable<CallEvent> {
  const { server, original } = target;
  if (call.method === methods.complete && !offersCompletion(target)) {
    return only({ type: 'done', result: noCompletion });
  }
  if (target.taskOnly === true && call.nameTask === undefined) {
    return only(failed(taskOnly(target, call.modern === true)));
  }
  const trace = server.passesTrace === true ? toldTrace(call) : undefined;
  const own = withoutHopMeta(params);
  const more = trace && traceEdits(own, trace, call.span !== undefined);
  const raw = withOriginal(message, params, span, original, more);
  const mirrored = mirroredBy(target, message, params);
  if (mirrored !== undefined && 'type' in mirrored) return only(mirrored);
  const first = sent(call, raw, target, trace, mirrored?.headers);
  const back = new WayBack(target, first, hearer, call.nameTask);
  return eventSteps({
    open: () => server.upstream.call(first),
    each: (event) => back.take(event),
  });
}

/** The headers that its tool wants of this call, or why it cannot be made. */
function mirroredBy(
  { params: mirrored }: Routed['target'],
  message: Buffer,
  params: ParamsEnvelope,
): { readonly headers: Call['paramHeaders'] } | Fail | undefined {
  if (mirrored?.sent !== true) return undefined;
  try {
    return { headers: mirrorArguments(mirrored, message, params) };
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    return failed(error);
  }
}

/** Such a tool is shown to nobody else, but may be known all the same. */
function taskOnly({ name }: Target, modern: boolean): McpError {
  if (!modern) return unknown('tool', name);
  return new McpError('missing_capability', `${name} can only be called as a task`, tasksRequired);
}

/** By name, each of them: a spread with more members than it copies takes V8's slow way. */
function sent(
  call: CallContext,
  params: RawJson,
  { kind, original }: Routed['target'],
  trace: TraceContext | undefined,
  paramHeaders: Call['paramHeaders'],
): { readonly [Member in keyof Required<Call>]: Call[Member] } {
  const { method, caller, capabilities, conversation, logLevel, headers, hold, signal } = call;
  const { modern, onEra, input, nameTask, span } = call;
  return {
    method,
    params,
    caller,
    tool: kind === 'tool' ? original : undefined,
    mirrored: mirroredMethods.has(method) ? original : undefined,
    paramHeaders,
    tasks: nameTask !== undefined,
    modern,
    input,
    capabilities,
    conversation,
    logLevel,
    headers,
    trace,
    span,
    hold,
    onEra,
    signal,
  };
}

/** The endpoint completes where any of its servers does; for the others there is nothing to say. */
function offersCompletion({ server }: Routed['target']): boolean {
  const { offered } = server.catalogues.prompt;
  return offered?.has('completions') ?? true;
}
