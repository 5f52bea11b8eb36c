import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import { decodeString } from '../../../../lib/json/members.js';
import type { ParamsEnvelope } from '../../../../lib/json/types.js';
import { readTrace } from '../../../../lib/tracing/trace-context.js';
import type { SpanContext } from '../../../../lib/tracing/tracing.js';

/** Whose work a request is part of, and a span that it belongs with. */
export interface SpanParents {
  readonly parent: SpanContext | undefined;
  readonly link: SpanContext | undefined;
}

/**
 * The parent is what the client says of the message in its `_meta` (SEP-414), else who sent the HTTP
 * request: Kong, where it traces. Where both are there, the other one is linked (OpenTelemetry's
 * conventions for MCP, context propagation).
 */
export function spanParents(
  headers: HeaderRecord,
  bytes: Buffer,
  params: ParamsEnvelope | undefined,
): SpanParents {
  const ofRequest = contextIn(headers);
  const own = params && params.meta.length > 0 ? contextIn(textsOf(bytes, params)) : undefined;
  if (own === undefined) return { parent: ofRequest, link: undefined };
  return { parent: own, link: ofRequest };
}

/** Of the request alone, where its body says nothing. */
export function contextIn(headers: HeaderRecord): SpanContext | undefined {
  const { traceparent, tracestate } = readTrace(headers) ?? {};
  return traceparent === undefined ? undefined : { traceparent, tracestate };
}

function textsOf(bytes: Buffer, { meta }: ParamsEnvelope): HeaderRecord {
  const found: Record<string, string> = {};
  for (const { key, kind, value } of meta) {
    if (kind !== 'string' || (key !== 'traceparent' && key !== 'tracestate')) continue;
    found[key] = decodeString(bytes, value);
  }
  return found;
}
