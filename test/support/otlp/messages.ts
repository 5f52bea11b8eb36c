import { parse } from 'protobufjs';

/** As much of OTLP as tests look at: field numbers of opentelemetry-proto 1.x, not its files. */
const { root } = parse(`
syntax = "proto3";
package otlp;
message AnyValue { oneof value { string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4; } }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Status { string message = 2; int32 code = 3; }
message Link { bytes traceId = 1; bytes spanId = 2; }
message Span {
  bytes traceId = 1; bytes spanId = 2; string traceState = 3; bytes parentSpanId = 4; string name = 5; int32 kind = 6;
  fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8; repeated KeyValue attributes = 9; repeated Link links = 13; Status status = 15;
}
message ScopeSpans { repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
message Traces { repeated ResourceSpans resourceSpans = 1; }
message NumberPoint { repeated KeyValue attributes = 7; fixed64 startTimeUnixNano = 2; oneof value { double asDouble = 4; sfixed64 asInt = 6; } }
message HistogramPoint { repeated KeyValue attributes = 9; fixed64 count = 4; double sum = 5; repeated fixed64 bucketCounts = 6; repeated double explicitBounds = 7; }
message Gauge { repeated NumberPoint dataPoints = 1; }
message Sum { repeated NumberPoint dataPoints = 1; int32 aggregationTemporality = 2; bool isMonotonic = 3; }
message Histogram { repeated HistogramPoint dataPoints = 1; int32 aggregationTemporality = 2; }
message Metric { string name = 1; string description = 2; string unit = 3; Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; }
message ScopeMetrics { repeated Metric metrics = 2; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scopeMetrics = 2; }
message Metrics { repeated ResourceMetrics resourceMetrics = 1; }
`);

const plain = { longs: Number, bytes: String, defaults: true, arrays: true } as const;

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number | boolean>>;
}

export type Values = Readonly<Record<string, string | number | boolean | undefined>>;

interface RawSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: number;
  readonly endTimeUnixNano: number;
  readonly attributes: readonly KeyValue[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code: number; readonly message: string };
}

export interface ReceivedSpan {
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'other';
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentId: string;
  readonly attributes: Values;
  readonly links: readonly string[];
  readonly failed: boolean;
  readonly ms: number;
  readonly resource: Values;
}

const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

export function valuesOf(attributes: readonly KeyValue[]): Values {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, Object.values(value)[0] ?? undefined]),
  );
}

const kinds = ['other', 'internal', 'server', 'client'] as const;

export function readSpans(body: Buffer): ReceivedSpan[] {
  const type = root.lookupType('otlp.Traces');
  const { resourceSpans } = type.toObject(type.decode(body), plain) as {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes: readonly KeyValue[] };
      readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
    }[];
  };
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        name: span.name,
        kind: kinds[span.kind] ?? 'other',
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentId: hex(span.parentSpanId),
        attributes: valuesOf(span.attributes),
        links: span.links.map(({ spanId }) => hex(spanId)),
        failed: span.status?.code === 2,
        ms: (span.endTimeUnixNano - span.startTimeUnixNano) / 1e6,
        resource: valuesOf(resource.attributes),
      })),
    ),
  );
}

interface RawPoint {
  readonly attributes: readonly KeyValue[];
  readonly asDouble?: number;
  readonly asInt?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly bucketCounts?: readonly number[];
  readonly explicitBounds?: readonly number[];
}

export interface ReceivedMetric {
  readonly name: string;
  readonly type: 'gauge' | 'sum' | 'histogram';
  readonly monotonic: boolean;
  readonly points: readonly {
    readonly attributes: Values;
    /** Of a histogram the sum. */
    readonly value: number;
    readonly buckets: readonly number[];
    readonly bounds: readonly number[];
  }[];
  readonly resource: Values;
}

interface RawMetric {
  readonly name: string;
  readonly gauge?: { readonly dataPoints: readonly RawPoint[] };
  readonly sum?: { readonly dataPoints: readonly RawPoint[]; readonly isMonotonic: boolean };
  readonly histogram?: { readonly dataPoints: readonly RawPoint[] };
}

export function readMetrics(body: Buffer): ReceivedMetric[] {
  const type = root.lookupType('otlp.Metrics');
  const { resourceMetrics } = type.toObject(type.decode(body), plain) as {
    readonly resourceMetrics: readonly {
      readonly resource: { readonly attributes: readonly KeyValue[] };
      readonly scopeMetrics: readonly { readonly metrics: readonly RawMetric[] }[];
    }[];
  };
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ name, gauge, sum, histogram }) => ({
        name,
        type: gauge ? 'gauge' : sum ? 'sum' : 'histogram',
        monotonic: sum?.isMonotonic ?? false,
        points: (gauge ?? sum ?? histogram)!.dataPoints.map((point) => ({
          attributes: valuesOf(point.attributes),
          value: point.sum ?? point.asDouble ?? point.asInt ?? 0,
          buckets: point.bucketCounts ?? [],
          bounds: point.explicitBounds ?? [],
        })),
        resource: valuesOf(resource.attributes),
      })),
    ),
  );
}
