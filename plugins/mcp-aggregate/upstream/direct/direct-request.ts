import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { RequestEnvelope } from '../../../../lib/json/types.js';
import { mirroredMethods } from '../../../../lib/http/mirrored-headers.js';
import { readTrace } from '../../../../lib/tracing/trace-context.js';
import { originalEdits, withoutHopMeta, withOriginal } from '../../core/calls/original-edits.js';
import type { Routed } from '../../core/calls/route-request.js';
import { traceEdits } from '../../core/calls/trace-meta.js';
import type { DirectWay } from '../../core/direct/direct-way.js';
import { mirrorArguments } from '../../core/params/mirror-arguments.js';
import { modernHeaders, modernParams } from '../modern/modern-params.js';

export interface Asked {
  /** As the client sent it. */
  readonly bytes: Buffer;
  readonly message: RequestEnvelope;
  readonly headers: HeaderRecord;
  /** Least severe log message that a client without a session wants. */
  readonly logLevel: string | undefined;
}

/** A request as its server wants it. */
export interface DirectRequest {
  /** Edits of the client's message. */
  readonly edits: readonly Edit[];
  /** Headers of this request. Holds secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers of the client's that the server gets as they are then. */
  readonly kept: readonly string[];
}

/**
 * Makes of a client's request what its server wants, as it would be sent from here.
 * @param requestId stands where Kong's id of the request belongs, which only Kong knows
 * @throws McpError as `mirrorArguments`
 */
export function directRequest(
  { target, span }: Routed,
  way: DirectWay,
  { bytes, message, headers, logLevel }: Asked,
  requestId: string,
): DirectRequest {
  const { server, original, params: mirroring } = target;
  const params = message.params!;
  const { method } = message;
  const traced = server.passesTrace === true;
  const { traceparent, tracestate } = (traced && readTrace(headers)) || {};
  const own = withoutHopMeta(params);
  const more = traced ? traceEdits(own, { traceparent, tracestate, requestId }) : [];
  const kept = traceparent === undefined ? [] : ['traceparent', 'tracestate'];
  if (!way.modern) {
    const edits = [...originalEdits(bytes, params, span, original), ...more];
    return { edits, headers: way.headers, kept };
  }
  const raw = withOriginal(bytes, params, span, original, more);
  const replacement = modernParams({ method, params: raw, logLevel });
  const paramHeaders = mirroring?.sent ? mirrorArguments(mirroring, bytes, params) : undefined;
  const mirrored = mirroredMethods.has(method) ? original : undefined;
  const all = { ...modernHeaders({ method, params: raw, mirrored, paramHeaders }), ...way.headers };
  return { edits: [{ span: params.span, replacement }], headers: all, kept };
}
