import { ValueType } from '@opentelemetry/api';
import type { HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import type { DataPoint, MetricData } from '@opentelemetry/sdk-metrics';
import { readLabels } from '../../../lib/metrics/label-text.js';
import type { FamilySnapshot, SeriesSnapshot } from '../../../lib/metrics/snapshot.js';

/** Between which moments figures were counted. */
export interface Window {
  readonly start: HrTime;
  readonly end: HrTime;
}

/** Since the process started until now. */
export function windowNow(): Window {
  return { start: millisToHrTime(performance.timeOrigin), end: millisToHrTime(Date.now()) };
}

/** Figures as OpenTelemetry has them, by the names that `/metrics` has; what is counted is cumulative. */
export function metricData(families: readonly FamilySnapshot[], window: Window): MetricData[] {
  return families
    .filter(({ series }) => series.length > 0)
    .map((family) => ({
      descriptor: {
        name: family.name,
        description: family.help,
        // The names hold the units.
        unit: '',
        valueType: ValueType.DOUBLE,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      ...pointsOf(family, window),
    }));
}

function pointsOf(family: FamilySnapshot, window: Window) {
  const { type, series } = family;
  switch (type) {
    case 'counter': {
      const dataPoints = series.map((one) => pointOf(one, window, one.values[0] ?? 0));
      return { dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints } as const;
    }
    case 'gauge': {
      const dataPoints = series.map((one) => pointOf(one, window, one.values[0] ?? 0));
      return { dataPointType: DataPointType.GAUGE, dataPoints } as const;
    }
    case 'histogram': {
      const dataPoints = series.map((one) => pointOf(one, window, histogramOf(family, one)));
      return { dataPointType: DataPointType.HISTOGRAM, dataPoints } as const;
    }
  }
}

function pointOf<T>({ text }: SeriesSnapshot, { start, end }: Window, value: T): DataPoint<T> {
  return { startTime: start, endTime: end, attributes: readLabels(text), value };
}

function histogramOf({ bounds }: FamilySnapshot, { values }: SeriesSnapshot) {
  const counts = values.slice(0, bounds.length + 1);
  const count = counts.reduce((sum, one) => sum + one, 0);
  return {
    buckets: { boundaries: [...bounds], counts },
    count,
    sum: values[bounds.length + 1] ?? 0,
  };
}
