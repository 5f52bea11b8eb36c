import type { ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { version } from '../../../lib/version.js';
import { useTracer } from '../../../lib/tracing/tracing.js';
import { ExportFailures, hearDropped } from './export-failures.js';
import { OtelTracer } from './otel-tracer.js';
import { warmUp } from './warm-up.js';

class SpanExporter extends OTLPTraceExporter {
  readonly #failures = new ExportFailures('traces');

  override export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    super.export(spans, (result) => {
      this.#failures.take(result);
      done(result);
    });
  }
}

/**
 * Traces from here on. Sampling, queue, address and headers are those of OpenTelemetry's variables.
 * @returns what sends the rest and ends it
 */
export async function startTraces(resource: Resource): Promise<() => Promise<void>> {
  hearDropped();
  await warmUp(resource);
  const processor = new BatchSpanProcessor(new SpanExporter());
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  useTracer(new OtelTracer(provider.getTracer('kong-plugin-mcp', version)));
  return async () => {
    useTracer(undefined);
    await provider.shutdown();
  };
}
