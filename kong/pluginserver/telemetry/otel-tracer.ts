import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type * as otel from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import type {
  Attributes,
  OpenSpan,
  SpanContext,
  StartOptions,
  Tracer,
} from '../../../lib/tracing/tracing.js';

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };
const form = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;

/** Spans by OpenTelemetry's SDK, their parents given by hand. */
export class OtelTracer implements Tracer {
  readonly #tracer: otel.Tracer;

  constructor(tracer: otel.Tracer) {
    this.#tracer = tracer;
  }

  start(name: string, { kind, attributes = {}, parent, link }: StartOptions): OpenSpan {
    const remote = parent && remoteContext(parent);
    const context = remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
    const linked = link && remoteContext(link);
    const options = { kind: kinds[kind], attributes: { ...attributes } };
    const all = linked ? { ...options, links: [{ context: linked }] } : options;
    return new OtelSpan(this.#tracer, this.#tracer.startSpan(name, all, context));
  }
}

class OtelSpan implements OpenSpan {
  readonly #tracer: otel.Tracer;
  readonly #span: otel.Span;
  #context: SpanContext | undefined;

  constructor(tracer: otel.Tracer, span: otel.Span) {
    this.#tracer = tracer;
    this.#span = span;
  }

  get context(): SpanContext {
    this.#context ??= told(this.#span.spanContext());
    return this.#context;
  }

  get recorded(): boolean {
    return this.#span.isRecording();
  }

  child(name: string, { kind, attributes = {} }: StartOptions): OpenSpan {
    const options = { kind: kinds[kind], attributes: { ...attributes } };
    const context = trace.setSpan(ROOT_CONTEXT, this.#span);
    return new OtelSpan(this.#tracer, this.#tracer.startSpan(name, options, context));
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  set(attributes: Attributes): void {
    if (!this.recorded) return;
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) this.#span.setAttribute(name, value);
    }
  }

  end(error?: string): void {
    if (error !== undefined && this.recorded) {
      // What went wrong is not quoted: a server may repeat in it what it was asked with.
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
      this.#span.setAttribute('error.type', error);
    }
    this.#span.end();
  }
}

/** Undefined where it is malformed. */
function remoteContext({ traceparent, tracestate }: SpanContext): otel.SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = form.exec(traceparent) ?? [];
  if (traceId === '') return undefined;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const state = tracestate === undefined ? {} : { traceState: new TraceState(tracestate) };
  return { traceId, spanId, traceFlags, isRemote: true, ...state };
}

function told({ traceId, spanId, traceFlags, traceState }: otel.SpanContext): SpanContext {
  const flags = (traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01';
  const tracestate = traceState?.serialize();
  return {
    traceparent: `00-${traceId}-${spanId}-${flags}`,
    tracestate: tracestate === '' ? undefined : tracestate,
  };
}
