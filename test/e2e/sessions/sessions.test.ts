import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { connectLegacy } from '../../support/legacy-client.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { callTool, exchange, openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

describe('sessions through the gateway', () => {
  let suite: FixtureServer;
  let raw: HttpFixture;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    [suite, raw] = await Promise.all([startFixtureServer(), startHttpFixture()]);
    raw.on('tools/list', (arrived, response) =>
      answer(arrived, response, '{"tools":[{"name":"wait","inputSchema":{"type":"object"}}]}'),
    );
    const servers = [
      { name: 'suite', url: suite.url },
      { name: 'raw', url: raw.url, trusted: true },
    ];
    mcp = await startOpenEndpoint({ aggregate: { servers } });
    await untilListed(mcp.url, ['suite__test_tool_with_logging', 'raw__wait']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await Promise.all([suite?.close(), raw?.close()]);
  });

  it('DELETE ends the session, its calls and streams, and what servers keep for it', async () => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: { roots: {} },
      clientInfo: { name: 'e2e', version: '1' },
    };
    const begun = await rpc(mcp.url, 'initialize', { params });
    const session = String(begun.headers['mcp-session-id']);
    raw.on('tools/call', () => undefined);
    const call = callTool(mcp.url, 'raw__wait', {}, { session });
    const stream = await openStream(mcp.url, { method: 'GET', session });
    await raw.until('tools/call');
    const [sent] = raw.of('tools/call');
    const told = raw.of('initialize').find(({ params: { capabilities } }) => {
      return JSON.stringify(capabilities) === '{"roots":{}}';
    });
    expect(told).toBeDefined();
    expect((await exchange(mcp.url, 'DELETE', { 'mcp-session-id': session })).status).toBe(204);
    expect((await call).message?.error).toMatchObject({ code: -31006 });
    await stream.rest();
    await raw.until('DELETE');
    expect(raw.of('DELETE')[0]?.headers['mcp-session-id']).toBe(sent?.headers['mcp-session-id']);
    expect((await rpc(mcp.url, 'ping', { session })).status).toBe(404);
  });

  it('a log level holds for the session that set it', async () => {
    const logged = async (session: string) => {
      const { messages } = await callTool(
        mcp.url,
        'suite__test_tool_with_logging',
        {},
        { session },
      );
      return messages.filter(({ method }) => method === 'notifications/message').length;
    };
    const [quiet, other] = [await openSession(mcp.url), await openSession(mcp.url)];
    const set = await rpc(mcp.url, 'logging/setLevel', {
      session: quiet,
      params: { level: 'error' },
    });
    expect(set.message?.result).toEqual({});
    expect([await logged(quiet), await logged(other)]).toEqual([0, 3]);
    await rpc(mcp.url, 'logging/setLevel', { session: quiet, params: { level: 'debug' } });
    expect(await logged(quiet)).toBe(3);
    expect((await rpc(mcp.url, 'logging/setLevel', { params: { level: 'debug' } })).status).toBe(
      400,
    );
  });

  it('SDK v1 sees progress and its own cancellation', async () => {
    const legacy = await connectLegacy(mcp.url);
    const { client } = legacy;
    const steps: number[] = [];
    await client.callTool({ name: 'suite__test_tool_with_progress', arguments: {} }, undefined, {
      onprogress: ({ progress }) => void steps.push(progress),
    });
    expect(steps).toEqual([0, 50, 100]);
    const before = raw.of('tools/call').length;
    const controller = new AbortController();
    const call = client.callTool({ name: 'raw__wait', arguments: {} }, undefined, {
      signal: controller.signal,
    });
    call.catch(() => undefined);
    await raw.until('tools/call', before + 1);
    const cancelled = raw.of('notifications/cancelled').length;
    controller.abort();
    await raw.until('notifications/cancelled', cancelled + 1);
    await legacy.close();
  });
});
