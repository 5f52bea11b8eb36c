/**
 * Spans, as far as the rest of the code knows them. What makes them is given by `useTracer`; without
 * it a request pays for one look at `tracer()`. Spans are passed on by hand, never found by an
 * AsyncLocalStorage, which every promise of every call would pay for.
 */

/** Values of attributes; undefined ones are left out. Never a token, an argument or a URI's query. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** A span as others are told of it (W3C Trace Context §3). */
export interface SpanContext {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

/** `server` and `client` as OpenTelemetry has them: for whom, or at whom, something is done. */
export type SpanKind = 'server' | 'client' | 'internal';

export interface StartOptions {
  readonly kind: SpanKind;
  readonly attributes?: Attributes;
  /** Whose work it is part of; absent begins a trace. One that is malformed counts as absent. */
  readonly parent?: SpanContext | undefined;
  /** Another span that it belongs with. */
  readonly link?: SpanContext | undefined;
}

export interface OpenSpan {
  readonly context: SpanContext;
  /** Whether anything said of it is kept: not where the trace is not sampled. */
  readonly recorded: boolean;
  /** Begins a span below this one. */
  child(name: string, options: Omit<StartOptions, 'parent' | 'link'>): OpenSpan;
  rename(name: string): void;
  set(attributes: Attributes): void;
  /** @param error class of the error that it ended with (`error.type`); absent where it went well */
  end(error?: string): void;
}

export interface Tracer {
  start(name: string, options: StartOptions): OpenSpan;
}

let ofProcess: Tracer | undefined;

/** That of this process; undefined where nothing is traced. */
export function tracer(): Tracer | undefined {
  return ofProcess;
}

/** Traces from here on; undefined ends that. */
export function useTracer(given: Tracer | undefined): void {
  ofProcess = given;
}
