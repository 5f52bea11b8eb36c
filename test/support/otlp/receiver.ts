import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { until } from '../readiness.js';
import { readMetrics, readSpans } from './messages.js';
import type { ReceivedMetric, ReceivedSpan } from './messages.js';

/** What a process needs to export to it, quickly. */
export type ExportEnv = Readonly<Record<string, string>>;

/** A collector: takes OTLP over HTTP as protobuf and keeps what came. */
export interface OtlpReceiver {
  readonly url: string;
  readonly env: ExportEnv;
  readonly spans: readonly ReceivedSpan[];
  readonly metrics: readonly ReceivedMetric[];
  /** All bodies as text, for what must not be in them. */
  readonly text: string;
  readonly requests: number;
  /** The first span that fits, once it is there. */
  span(fits: (span: ReceivedSpan) => boolean, what?: string): Promise<ReceivedSpan>;
  /** Answers with this status from here on. */
  refuseWith(status: number): void;
  close(): Promise<void>;
}

export async function startOtlpReceiver(port = 0): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics: ReceivedMetric[] = [];
  const texts: string[] = [];
  let status = 200;
  let requests = 0;
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      requests += 1;
      if (status === 200) {
        texts.push(body.toString('latin1'));
        if (request.url === '/v1/traces') spans.push(...readSpans(body));
        else if (request.url === '/v1/metrics') metrics.push(...readMetrics(body));
      }
      response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_METRIC_EXPORT_INTERVAL: '250',
  };
  return {
    url,
    env,
    spans,
    metrics,
    get text() {
      return texts.join('\n');
    },
    get requests() {
      return requests;
    },
    span: async (fits, what = 'the span has not come') =>
      await until(() => spans.find(fits), { what }),
    refuseWith: (other) => void (status = other),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}
