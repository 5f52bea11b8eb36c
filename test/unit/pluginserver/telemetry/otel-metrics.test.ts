import { DataPointType } from '@opentelemetry/sdk-metrics';
import { expect, it } from 'vitest';
import { metricData, windowNow } from '../../../../kong/pluginserver/telemetry/otel-metrics.js';
import { MetricsRegistry } from '../../../../lib/metrics/registry.js';

it('says the figures of the registry as OpenTelemetry has them', () => {
  const registry = new MetricsRegistry();
  registry.counter('calls_total', 'Calls.', ['tool']).series.get(['a"b']).add(3);
  registry.gauge('open', 'Open now.');
  const load = registry.gauge('load', 'Load.');
  registry.onScrape(() => load.set(2.5));
  const time = registry.histogram('seconds', 'Time.', [1, 5], ['server']).series.get(['s']);
  for (const value of [0.5, 1, 3, 9]) time.observe(value);
  const window = windowNow();
  const data = metricData(registry.snapshot(), window);
  expect(data.map(({ descriptor }) => descriptor.name)).toEqual(['calls_total', 'load', 'seconds']);
  expect(data[0]).toMatchObject({
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: [{ attributes: { tool: 'a"b' }, value: 3, startTime: window.start }],
  });
  expect(data[1]).toMatchObject({
    dataPointType: DataPointType.GAUGE,
    dataPoints: [{ value: 2.5 }],
  });
  expect(data[2]).toMatchObject({
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [
      {
        attributes: { server: 's' },
        value: { buckets: { boundaries: [1, 5], counts: [2, 1, 1] }, count: 4, sum: 13.5 },
      },
    ],
  });
});
