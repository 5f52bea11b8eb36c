import { getNumberFromEnv } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { MetricProducer, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { metrics } from '../../../lib/metrics/registry.js';
import { version } from '../../../lib/version.js';
import { ExportFailures } from './export-failures.js';
import { metricData, windowNow } from './otel-metrics.js';

const usualIntervalMs = 60_000;
const usualTimeoutMs = 30_000;

class MetricExporter extends OTLPMetricExporter {
  readonly #failures = new ExportFailures('metrics');

  override export(all: ResourceMetrics, done: (result: ExportResult) => void): void {
    super.export(all, (result) => {
      this.#failures.take(result);
      done(result);
    });
  }
}

/**
 * Exports the figures of this process from here on: those that `/metrics` shows, read where they are
 * counted, so that a call pays nothing for it.
 * @returns what sends them once more and ends it
 */
export function startMetrics(resource: Resource): () => Promise<void> {
  const scope = { name: 'kong-plugin-mcp', version };
  const producer: MetricProducer = {
    collect: async () => {
      const own = { scope, metrics: metricData(metrics.snapshot(), windowNow()) };
      return { resourceMetrics: { resource, scopeMetrics: [own] }, errors: [] };
    },
  };
  const interval = getNumberFromEnv('OTEL_METRIC_EXPORT_INTERVAL') ?? usualIntervalMs;
  const timeout = getNumberFromEnv('OTEL_METRIC_EXPORT_TIMEOUT') ?? usualTimeoutMs;
  const reader = new PeriodicExportingMetricReader({
    exporter: new MetricExporter(),
    exportIntervalMillis: Math.max(1, interval),
    exportTimeoutMillis: Math.max(1, Math.min(timeout, interval)),
    metricProducers: [producer],
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return () => provider.shutdown();
}
