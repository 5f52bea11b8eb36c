import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import { AlwaysOnSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';

/** As many as a batch has, and as often as makes the code of it fast. */
const spans = 512;
const times = 6;

/** Keeps what has ended. */
class Kept implements SpanProcessor {
  readonly spans: ReadableSpan[] = [];

  onStart(): void {
    // Nothing to do before the end.
  }

  onEnd(span: ReadableSpan): void {
    this.spans.push(span);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Writes batches of spans that go nowhere. The first batch of a process took the event loop ten times
 * as long as any later one: not for what it loads, but for code that had not run yet.
 */
export async function warmUp(resource: Resource): Promise<void> {
  const kept = new Kept();
  const sampler = new AlwaysOnSampler();
  const provider = new BasicTracerProvider({ resource, sampler, spanProcessors: [kept] });
  const tracer = provider.getTracer('warm-up');
  for (let n = 0; n < spans; n++) {
    const attributes = Object.fromEntries(
      Array.from({ length: 10 }, (_, at) => [`attribute.${at}`, at % 3 === 0 ? n : `value ${n}`]),
    );
    tracer.startSpan('tools/call x', { kind: SpanKind.SERVER, attributes }).end();
  }
  const exporter = new OTLPTraceExporter({
    // Asked for a connection once a batch is written, and has none.
    httpAgentOptions: () => Promise.reject(new Error('nothing is sent')),
  });
  for (let n = 0; n < times; n++) {
    await new Promise<void>((resolve) => exporter.export(kept.spans, () => resolve()));
  }
  await exporter.shutdown();
  await provider.shutdown();
}
