import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { callTool, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../support/upstreams/http-fixture.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const tracestate = 'vendor=a"b,t@x=1';
const requestIdForm = /^[0-9a-f]{32}$/;
const requestIdKey = 'kong-plugin-mcp/request-id';

describe('the trace of a call', () => {
  let told: HttpFixture;
  let strict: HttpFixture;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    [told, strict] = await Promise.all([startHttpFixture(), startHttpFixture()]);
    for (const fixture of [told, strict]) {
      fixture.on('tools/list', (arrived, response) =>
        answer(arrived, response, '{"tools":[{"name":"x","inputSchema":{"type":"object"}}]}'),
      );
    }
    const servers = [
      { name: 'told', url: told.url },
      { name: 'strict', url: strict.url, trace_context: false },
      { name: 'dead', url: `http://127.0.0.1:${await freePort()}/mcp` },
    ];
    mcp = await startOpenEndpoint({ aggregate: { servers } });
    await untilListed(mcp.url, ['told__x', 'strict__x']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([told?.close(), strict?.close()]);
  });

  async function call(
    server: HttpFixture,
    params: string,
    headers: Readonly<Record<string, string>> = { traceparent, tracestate },
  ): Promise<{ readonly arrived: Arrived; readonly meta: Record<string, unknown> | undefined }> {
    const before = server.of('tools/call').length;
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
    expect((await rpc(mcp.url, '', { body, headers })).message?.result).toBeDefined();
    const arrived = server.of('tools/call')[before]!;
    const { _meta: meta } = arrived.params as { _meta?: Record<string, unknown> };
    return { arrived, meta };
  }

  it('reaches the server as headers and in _meta, with Kong’s id of the request', async () => {
    const odd = '{"n":12345678901234567890,"z":-0,"e":1e400,"s":"\\u00e4\\/"}';
    const { arrived, meta } = await call(told, `{"name":"told__x","arguments":${odd}}`);
    const id = arrived.headers['x-kong-request-id'];
    expect(id).toMatch(requestIdForm);
    expect(arrived.headers).toMatchObject({ traceparent, tracestate });
    expect(meta).toEqual({ traceparent, tracestate, [requestIdKey]: id });
    expect(arrived.body).toContain(`"arguments":${odd}`);
  });

  it('what the client says in _meta of its own trace stays; it cannot name the request', async () => {
    const forged = 'f'.repeat(32);
    const own = `{"traceparent":"client's own","${requestIdKey}":"${forged}","kept":1e400}`;
    const headers = { traceparent, 'x-kong-request-id': forged };
    const { arrived, meta } = await call(told, `{"_meta":${own},"name":"told__x"}`, headers);
    expect(meta).toMatchObject({ traceparent: "client's own" });
    expect(meta).not.toHaveProperty('tracestate');
    expect(meta?.[requestIdKey]).toMatch(requestIdForm);
    expect(meta?.[requestIdKey]).not.toBe(forged);
    expect(arrived.body).toContain('"kept":1e400');
    expect(arrived.headers).toMatchObject({ traceparent });
  });

  it('what is malformed goes no further', async () => {
    const headers = { traceparent: `${traceparent}-x`, tracestate };
    const { arrived, meta } = await call(told, '{"name":"told__x"}', headers);
    expect(arrived.headers).not.toHaveProperty('traceparent');
    expect(arrived.headers).not.toHaveProperty('tracestate');
    expect(Object.keys(meta ?? {})).toEqual([requestIdKey]);
  });

  it('a server without it gets the request as the client made it', async () => {
    const { arrived } = await call(strict, '{"name":"strict__x","arguments":{}}');
    expect(arrived.body).toContain('"params":{"name":"x","arguments":{}}');
    for (const name of ['traceparent', 'tracestate', 'x-kong-request-id']) {
      expect(arrived.headers).not.toHaveProperty(name);
    }
  });

  it('a failed call is named by Kong’s id, to the client and in the log', async () => {
    const failed = await callTool(mcp.url, 'dead__x', {});
    const id = failed.message?.error?.data?.['request_id'];
    expect(id).toMatch(requestIdForm);
    expect(failed.headers['x-kong-request-id']).toBe(id);
    const line = await until(
      () => mcp.gateway.pluginServer.stderr.split('\n').find((each) => each.includes(String(id))),
      { what: 'the failure was not logged' },
    );
    expect(JSON.parse(String(line))).toMatchObject({
      event: 'call_failed',
      code: 'upstream_unavailable',
      server: 'dead',
      request_id: id,
    });
  });
});
