import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTokenEndpoint } from '../../support/oauth/token-endpoint.js';
import type { TokenEndpoint } from '../../support/oauth/token-endpoint.js';
import type { ReceivedSpan } from '../../support/otlp/messages.js';
import { startOtlpReceiver } from '../../support/otlp/receiver.js';
import type { OtlpReceiver } from '../../support/otlp/receiver.js';
import { freePort } from '../../support/ports.js';
import { startProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import type { ProtectedEndpoint } from '../../support/rig/one-endpoint.js';
import { untilListed } from '../../support/rig/listed.js';
import { rpc } from '../../support/rpc.js';
import type { RpcAnswer } from '../../support/rpc.js';
import { until } from '../../support/readiness.js';
import { answer, json, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../support/upstreams/http-fixture.js';

const onKong = process.env['KONG_BIN'] !== undefined;
const secret = 'not-for-a-collector-4711';

/** A trace that nobody else has, and the span of whoever calls. */
function begun(flags = '01') {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}

describe('traces', () => {
  let collector: OtlpReceiver;
  let server: HttpFixture;
  let tokens: TokenEndpoint;
  let mcp: ProtectedEndpoint;
  let token: string;

  beforeAll(async () => {
    [collector, server, tokens] = await Promise.all([
      startOtlpReceiver(),
      startHttpFixture(),
      startTokenEndpoint(),
    ]);
    server.on('tools/list', (arrived, response) => {
      const tools = ['x', 'fails', 'breaks'].map((name) => ({
        name,
        inputSchema: { type: 'object' },
      }));
      answer(arrived, response, JSON.stringify({ tools }));
    });
    const client = { token_endpoint: tokens.url, client_id: 'gateway', client_secret: secret };
    const servers = [
      { name: 'told', url: server.url, auth: { client_credentials: client } },
      { name: 'dead', url: `http://127.0.0.1:${await freePort()}/mcp` },
    ];
    const telemetry = { name: 'opentelemetry', config: kongConfig(collector) };
    mcp = await startProtectedEndpoint({
      aggregate: { servers },
      plugins: () => (onKong ? [telemetry] : []),
      gateway: {
        env: { ...collector.env, OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test' },
        ...(onKong
          ? { conf: { tracing_instrumentations: 'request', tracing_sampling_rate: '1' } }
          : {}),
      },
    });
    token = await mcp.token();
    await untilListed(mcp.resource, ['told__x'], { token });
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([collector?.close(), server?.close(), tokens?.close()]);
  });

  function call(tool: string, traceparent?: string, params: object = {}): Promise<RpcAnswer> {
    const all = { name: tool, arguments: { note: secret }, ...params };
    const headers = traceparent === undefined ? undefined : { traceparent };
    return rpc(mcp.resource, 'tools/call', { params: all, token, ...(headers && { headers }) });
  }
  const inTrace = (traceId: string, kind: ReceivedSpan['kind'], name?: string) => {
    const fits = (span: ReceivedSpan) =>
      span.traceId === traceId &&
      span.kind === kind &&
      span.attributes['mcp.method.name'] !== undefined &&
      (name === undefined || span.name === name);
    return collector.span(fits, `no ${kind} span of trace ${traceId}`);
  };
  const lastCall = (): Arrived => server.of('tools/call').at(-1)!;
  const parentOf = (header: unknown): string => String(header).split('-')[2] ?? '';

  it('one trace leads from the client through the gateway to the server', async () => {
    const { traceId, spanId, traceparent } = begun();
    const { message } = await call('told__x', traceparent);
    expect(message?.result).toBeDefined();
    const arrived = lastCall();
    const served = await inTrace(traceId, 'server', 'tools/call told__x');
    const sent = await inTrace(traceId, 'client', 'tools/call x');
    expect(sent.parentId).toBe(served.spanId);
    // The server is told of the very request that it got, in the header and in the message.
    expect(parentOf(arrived.headers['traceparent'])).toBe(sent.spanId);
    const { _meta: meta } = arrived.params as { readonly _meta: Record<string, unknown> };
    expect(meta['traceparent']).toBe(arrived.headers['traceparent']);
    if (!onKong) expect(served.parentId).toBe(spanId);
    expect(served.attributes).toMatchObject({
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'told__x',
      'gen_ai.operation.name': 'execute_tool',
      'jsonrpc.request.id': '1',
      'kong_mcp.server': 'told',
      'network.transport': 'tcp',
    });
    expect(sent.attributes).toMatchObject({
      'gen_ai.tool.name': 'x',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(server.url).port),
    });
    expect(served.ms).toBeGreaterThanOrEqual(sent.ms);
    expect(served.resource).toMatchObject({
      'service.name': 'kong-plugin-mcp',
      'deployment.environment.name': 'test',
    });
    expect(served.failed || sent.failed).toBe(false);
  });

  it.runIf(onKong)('Kong’s own spans are in it: the request’s is the parent', async () => {
    const { traceId, spanId, traceparent } = begun();
    await call('told__x', traceparent);
    const served = await inTrace(traceId, 'server');
    const kong = await collector.span(
      (span) => span.traceId === traceId && span.resource['service.name'] === 'kong',
      'no span of Kong’s',
    );
    expect(kong.parentId).toBe(spanId);
    const ofKong = collector.spans.filter((span) => span.resource['service.name'] === 'kong');
    expect(ofKong.map((span) => span.spanId)).toContain(served.parentId);
  });

  it('what the message says of its trace comes first, and is not passed on as it is', async () => {
    const [ofRequest, ofMessage] = [begun(), begun()];
    const own = { traceparent: ofMessage.traceparent, tracestate: 'a=1', kept: 1 };
    await call('told__x', ofRequest.traceparent, { _meta: own });
    const served = await inTrace(ofMessage.traceId, 'server');
    expect(served.parentId).toBe(ofMessage.spanId);
    expect(served.links).toHaveLength(1);
    if (!onKong) expect(served.links).toEqual([ofRequest.spanId]);
    const sent = await inTrace(ofMessage.traceId, 'client');
    const { _meta: meta } = lastCall().params as { readonly _meta: Record<string, unknown> };
    expect(meta).toMatchObject({ tracestate: 'a=1', kept: 1 });
    expect(parentOf(meta['traceparent'])).toBe(sent.spanId);
  });

  it('a trace that is not sampled is passed on and not exported', async () => {
    const { traceId, traceparent } = begun('00');
    await call('told__x', traceparent);
    const told = String(lastCall().headers['traceparent']);
    expect(told.startsWith(`00-${traceId}-`)).toBe(true);
    expect(told.endsWith('-00')).toBe(true);
    const later = begun();
    await call('told__x', later.traceparent);
    await inTrace(later.traceId, 'server');
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });

  it('a call that is sent anew in another session has a span for each try', async () => {
    const { traceId, traceparent } = begun();
    server.sessions.clear();
    expect((await call('told__x', traceparent)).message?.result).toBeDefined();
    const served = await inTrace(traceId, 'server');
    const tries = await until(
      () => {
        const sent = collector.spans.filter(
          (span) => span.traceId === traceId && span.name === 'tools/call x',
        );
        return sent.length > 1 && sent;
      },
      { what: 'there was one try alone' },
    );
    expect(tries.map(({ parentId }) => parentId)).toEqual([served.spanId, served.spanId]);
    const [lost, done] = tries[0]!.failed ? tries : [tries[1]!, tries[0]!];
    expect(lost!.attributes['error.type']).toBe('session_lost');
    expect(parentOf(lastCall().headers['traceparent'])).toBe(done!.spanId);
  });

  it('a failure says its class and quotes nothing', async () => {
    server.on('tools/call', (arrived, response) => {
      const { name } = arrived.params as { readonly name: string };
      if (name === 'breaks') {
        const error = `{"code":-32099,"message":"${secret}"}`;
        return json(response, `{"jsonrpc":"2.0","id":${arrived.id},"error":${error}}`);
      }
      const failed = name === 'fails';
      answer(arrived, response, JSON.stringify({ content: [], isError: failed }));
    });
    const expected = { told__fails: 'tool_error', told__breaks: '-32099' };
    for (const [tool, type] of Object.entries(expected)) {
      const { traceId, traceparent } = begun();
      await call(tool, traceparent);
      for (const kind of ['server', 'client'] as const) {
        const span = await inTrace(traceId, kind);
        expect(span.failed, tool).toBe(true);
        expect(span.attributes['error.type'], tool).toBe(type);
      }
    }
    const unknown = begun();
    await call(`told__${secret}`, unknown.traceparent);
    const span = await inTrace(unknown.traceId, 'server', 'tools/call');
    expect(span.attributes).toMatchObject({ 'error.type': 'unknown_tool' });
    const dead = begun();
    await call('dead__x', dead.traceparent);
    const failed = await inTrace(dead.traceId, 'server');
    expect(failed.attributes).toMatchObject({
      'error.type': 'upstream_unavailable',
      'kong_mcp.server': 'dead',
    });
  });

  it('lists, tokens and keys that are fetched have spans', async () => {
    const list = await collector.span(({ name }) => name === 'refresh tools');
    const page = await collector.span(
      ({ name, parentId }) => name === 'tools/list' && parentId === list.spanId,
    );
    expect(page.attributes).toMatchObject({ 'kong_mcp.server': 'told' });
    const grant = await collector.span(({ name }) => name === 'POST client_credentials');
    expect(grant.attributes).toMatchObject({ 'http.response.status_code': 200 });
    const keys = await collector.span(({ name }) => name === 'GET keys');
    expect(keys.attributes['url.full']).toBe(`${mcp.issuer.url}/jwks`);
  });

  it('nothing that was sent by a client or given by a server is in what is exported', async () => {
    const { traceId, traceparent } = begun();
    await rpc(mcp.resource, 'resources/read', {
      params: { uri: `mcp://x/y?key=${secret}` },
      token,
      headers: { traceparent },
    });
    await inTrace(traceId, 'server');
    expect(collector.text).toContain('tools/call told__x');
    expect(collector.text).not.toContain(secret);
    expect(collector.text).not.toContain(token.slice(-40));
    expect(collector.text).not.toContain('token-1');
  });
});

function kongConfig({ url }: OtlpReceiver) {
  return {
    traces_endpoint: `${url}/v1/traces`,
    resource_attributes: { 'service.name': 'kong' },
    queue: { max_batch_size: 1, max_coalescing_delay: 0.1 },
  };
}
