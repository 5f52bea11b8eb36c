import { tracer } from './tracing.js';
import type { Attributes, OpenSpan, SpanContext, SpanKind } from './tracing.js';

/** What is done in a span of its own. */
export interface Spanned {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Whose work it is part of, where it is one request's alone. */
  readonly parent?: SpanContext | undefined;
}

/**
 * Does some work in a span, where anything is traced.
 * @param said makes what the span says; called only where there is one
 */
export async function spanned<T>(
  said: () => Spanned,
  work: (span: OpenSpan | undefined) => Promise<T>,
): Promise<T> {
  const active = tracer();
  if (active === undefined) return work(undefined);
  const { name, ...options } = said();
  const span = active.start(name, options);
  try {
    const done = await work(span);
    span.end();
    return done;
  } catch (error) {
    span.end(errorClass(error));
    throw error;
  }
}

/** A stable code, or a name: never the text. */
function errorClass(error: unknown): string {
  if (!(error instanceof Error)) return 'error';
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
