import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { OtelTracer } from '../../../../kong/pluginserver/telemetry/otel-tracer.js';
import { Attempt } from '../../../../plugins/mcp-aggregate/upstream/call/attempt.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const parent = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'a=1,b=2' };

function traced() {
  const ended: ReadableSpan[] = [];
  const provider = new BasicTracerProvider({
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => void ended.push(span),
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
  });
  return { tracer: new OtelTracer(provider.getTracer('test')), ended };
}

describe('spans', () => {
  it('belong to the trace of their parent, state and all', () => {
    const { tracer, ended } = traced();
    const span = tracer.start('a', { kind: 'server', parent });
    const child = span.child('b', { kind: 'client' });
    expect(span.context).toMatchObject({ tracestate: 'a=1,b=2' });
    expect(child.context.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    child.end();
    span.end('broken');
    const [second, first] = ended;
    expect(first!.parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true });
    expect(second!.parentSpanContext?.spanId).toBe(first!.spanContext().spanId);
    expect(first!.attributes).toEqual({ 'error.type': 'broken' });
    expect(first!.status.message).toBeUndefined();
  });

  it('of a trace that is not sampled keep nothing, and are named all the same', () => {
    const { tracer, ended } = traced();
    const unsampled = { ...parent, traceparent: `00-${traceId}-${spanId}-00` };
    const span = tracer.start('a', { kind: 'server', parent: unsampled });
    expect(span.recorded).toBe(false);
    span.set({ x: 1 });
    span.end('broken');
    expect(span.context.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    expect(ended).toEqual([]);
  });

  it('with a malformed parent begin a trace', () => {
    const { tracer } = traced();
    const span = tracer.start('a', { kind: 'server', parent: { ...parent, traceparent: 'x' } });
    expect(span.context.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(span.context.traceparent).not.toContain(traceId);
  });
});

describe('a try of a request', () => {
  const server = { name: 's', kind: 'url', target: 'https://[::1]/mcp?key=secret' } as const;

  it('names its own span to a server that is told, and leaves the request as it was', () => {
    const { tracer, ended } = traced();
    const span = tracer.start('a', { kind: 'server', parent });
    const { traceparent } = span.context;
    const params = Buffer.from(`{"arguments":{"a":1},"_meta":{"traceparent":"${traceparent}"}}`);
    const request = { method: 'tools/call', tool: 'x', params, forwarded: { traceparent } };
    const [first, second] = [1, 2].map(() => new Attempt(server, request, span, true));
    for (const attempt of [first!, second!]) {
      const { params: sent, forwarded } = attempt.request;
      const own = String(forwarded?.['traceparent']);
      expect(own).not.toBe(traceparent);
      expect(sent?.toString()).toBe(params.toString().replace(traceparent, own));
    }
    expect(first!.request.forwarded).not.toEqual(second!.request.forwarded);
    expect(params.toString()).toContain(traceparent);
    first!.end({ type: 'done', result: Buffer.from('{"isError":true}') });
    first!.end(undefined);
    second!.end(undefined);
    expect(ended.map(({ attributes }) => attributes['error.type'])).toEqual([
      'tool_error',
      'cancelled',
    ]);
    expect(ended[0]!.attributes).toMatchObject({ 'server.address': '::1', 'server.port': 443 });
    expect(JSON.stringify(ended.map(({ attributes }) => attributes))).not.toContain('secret');
  });

  it('changes nothing for a server that is not told', () => {
    const { tracer } = traced();
    const span = tracer.start('a', { kind: 'server', parent });
    const request = { method: 'tools/call', params: Buffer.from('{}'), forwarded: { a: 'b' } };
    expect(new Attempt(server, request, span, false).request).toBe(request);
  });
});
