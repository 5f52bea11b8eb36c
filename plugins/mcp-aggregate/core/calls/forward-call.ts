import { McpError } from '../../../../lib/errors.js';
import { encodeString, removals, splice } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { ParamsEnvelope, RawJson } from '../../../../lib/json/types.js';
import { readTrace } from '../../../../lib/trace-context.js';
import type { TraceContext } from '../../../../lib/trace-context.js';
import type { Call, CallEvent, Fail, Failure } from './call.js';
import { eventSteps, only } from './event-steps.js';
import { rewriteAsk } from '../uris/rewrite-ask.js';
import type { UriMapping } from '../uris/rewrite-ask.js';
import { isLarge, rewriteLarge } from '../uris/rewrite-large.js';
import { rewriteError, rewriteResult } from '../uris/rewrite-result.js';
import { mirrorArguments } from '../params/mirror-arguments.js';
import type { Routed } from './route-request.js';
import { traceEdits } from './trace-meta.js';
import { updatedMethod, updateFor } from '../uris/updates.js';
import type { Hearer } from '../uris/updates.js';
import type { Expose } from '../uris/uri-edits.js';
import { methods } from '../../../../lib/protocol/methods.js';

const noCompletion = Buffer.from('{"completion":{"values":[]}}');

/**
 * Sends a request to its server; names and URIs are the server's own on its side.
 * @param hearer whose rights decide of which resources changes are told
 */
export function forwardCall(
  { target, span }: Routed,
  message: Buffer,
  params: ParamsEnvelope,
  call: Omit<Call, 'params'>,
  hearer: Hearer,
): AsyncIterable<CallEvent> {
  const { kind, server, original } = target;
  if (call.method === methods.complete && !offersCompletion(target)) {
    return only({ type: 'done', result: noCompletion });
  }
  const trace = server.passesTrace === true ? readTrace(call.headers) : undefined;
  const more = trace && traceEdits(params, trace);
  const raw = withOriginal(message, params, span, original, more);
  const tool = kind === 'tool' ? original : undefined;
  const mirrored = mirroredBy(target, message, params);
  if (mirrored !== undefined && 'type' in mirrored) return only(mirrored);
  const { exposure } = server;
  const uris: UriMapping = {
    expose: (uri) => exposure.exposeUri(uri),
    restore: (uri) => exposure.restoreUri(uri),
  };
  return eventSteps({
    open: () => server.upstream.call(sent(call, raw, tool, trace, mirrored?.headers)),
    each: (event) => {
      if (event.type === 'done' && isLarge(event)) return rewriteLarge(event, call.method, server);
      if (event.type !== 'note' || event.method !== updatedMethod) {
        return rewriteEvent(event, call.method, uris);
      }
      const update = updateFor(event.params, exposure, hearer);
      return update && { ...event, params: update.params };
    },
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
    const { code, message: text } = error;
    return { type: 'fail', failure: { kind: 'local', code, message: text } };
  }
}

/** By name, each of them: a spread with more members than it copies takes V8's slow way. */
function sent(
  call: Omit<Call, 'params'>,
  params: RawJson,
  tool: string | undefined,
  trace: TraceContext | undefined,
  paramHeaders: Call['paramHeaders'],
): { readonly [Member in keyof Required<Call>]: Call[Member] } {
  const { method, caller, capabilities, conversation, logLevel, headers, hold, signal } = call;
  return {
    method,
    params,
    caller,
    tool,
    capabilities,
    conversation,
    logLevel,
    headers,
    paramHeaders,
    trace,
    hold,
    signal,
  };
}

/** The endpoint completes where any of its servers does; for the others there is nothing to say. */
function offersCompletion({ server }: Routed['target']): boolean {
  const { offered } = server.catalogues.prompt;
  return offered?.has('completions') ?? true;
}

/**
 * The bytes of `params` with the name or URI that the server knows at `span`, and no wish for a task:
 * tasks are not offered here, and such a wish is then to be ignored (2025-11-25, tasks).
 * @param more edits of the message, within `params`
 */
export function withOriginal(
  message: Buffer,
  params: ParamsEnvelope,
  span: Routed['span'],
  original: string,
  more: readonly Edit[] = [],
): RawJson {
  const base = params.span.start;
  const edits = [
    { span, replacement: encodeString(original) },
    ...removals(
      message,
      params.members.filter(({ key }) => key === 'task'),
    ),
    ...more,
  ];
  const shifted = edits.map((edit) => ({
    span: { start: edit.span.start - base, end: edit.span.end - base },
    replacement: edit.replacement,
  }));
  return splice(message.subarray(base, params.span.end), shifted);
}

function rewriteEvent(event: CallEvent, method: string, uris: UriMapping): CallEvent {
  const { expose } = uris;
  switch (event.type) {
    case 'done':
      return { ...event, result: rewriteResult(method, event.result, expose) };
    case 'fail':
      return { ...event, failure: rewriteFailure(event.failure, method, expose) };
    case 'note':
      return event;
    case 'ask':
      return rewriteAsk(event, uris);
  }
}

function rewriteFailure(failure: Failure, method: string, expose: Expose): Failure {
  if (failure.kind !== 'answered' || !method.startsWith('resources/')) return failure;
  return { ...failure, error: rewriteError(failure.error, expose) };
}
