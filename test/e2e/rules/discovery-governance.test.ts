import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directPlugins } from '../../../kong/direct/plugins.js';
import { modernRpc } from '../../support/modern-rpc.js';
import { startOtlpReceiver } from '../../support/otlp/receiver.js';
import type { OtlpReceiver } from '../../support/otlp/receiver.js';
import { until } from '../../support/readiness.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { startScriptedGuard } from '../../support/rig/scripted-guard.js';
import { openSession, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const schema = { type: 'object', properties: { q: {}, tenant: {}, secret: {} } };
const list = JSON.stringify({
  tools: ['judged', 'fixed', 'slow'].map((name) => ({ name, inputSchema: schema })),
});

let server: HttpFixture;
let guard: Awaited<ReturnType<typeof startScriptedGuard>>;
let collector: OtlpReceiver;
let mcp: OpenEndpoint;
let session: string;

beforeAll(async () => {
  [server, guard, collector] = await Promise.all([
    startHttpFixture(),
    startScriptedGuard(),
    startOtlpReceiver(),
  ]);
  server.on('tools/list', (arrived, response) => answer(arrived, response, list));
  const own = { fixed_arguments: { tenant: '"t1"' }, hidden_arguments: ['secret'] };
  const tools = {
    overrides: [
      { name: 'fixed', ...own },
      { name: 'slow', timeout: 300 },
    ],
  };
  mcp = await startOpenEndpoint({
    aggregate: {
      servers: [{ name: 's', url: server.url, direct: true, tools }],
      guards: [{ name: 'strict', when: ['request'], tools: ['s__judged'], url: guard.url }],
      views: [{ name: 'all', path: '/mcp', tools: ['*'], discovery: true }],
    },
    plugins: () => [...directPlugins],
    gateway: { env: { ...collector.env } },
  });
  const search = { name: 'search_tools', arguments: { query: 'fixed' } };
  const isThere = async () =>
    (await rpc(mcp.url, 'tools/call', { params: search })).text.includes('s__fixed');
  await until(isThere, { what: 'the tool was never found' });
  session = await openSession(mcp.url);
});
afterAll(async () => {
  await mcp?.stop();
  await Promise.all([server?.close(), guard?.close(), collector?.close()]);
});

describe.each(['legacy', 'modern'])('calls by way of call_tool, of %s clients', (era) => {
  const call = (tool: string, given: object = {}, headers = {}) => {
    const params = { name: 'call_tool', arguments: { name: `s__${tool}`, arguments: given } };
    return era === 'legacy'
      ? rpc(mcp.url, 'tools/call', { params, session, headers })
      : modernRpc(mcp.url, 'tools/call', params, { headers });
  };

  it('are judged by the guards of the tool', async () => {
    guard.answers(({ arguments: given }) =>
      given?.['q'] === 'bad' ? { action: 'deny', reason: 'No.' } : { action: 'allow' },
    );
    expect((await call('judged', { q: 'good' })).message).toHaveProperty('result');
    const reached = server.of('tools/call').length;
    expect((await call('judged', { q: 'bad' })).message?.error?.code).toBe(-31027);
    expect(server.of('tools/call')).toHaveLength(reached);
    expect(guard.asked).toMatchObject([
      { name: 's__judged', arguments: { q: 'good' } },
      { name: 's__judged', arguments: { q: 'bad' } },
    ]);
  });

  it('have the arguments that the gateway sets, and none that nobody may give', async () => {
    expect((await call('fixed', { q: 'x' })).message).toHaveProperty('result');
    expect(JSON.parse(server.of('tools/call').at(-1)!.body)).toMatchObject({
      params: { name: 'fixed', arguments: { q: 'x', tenant: 't1' } },
    });
    for (const more of [{ tenant: 't2' }, { secret: 's' }]) {
      const { message } = await call('fixed', { q: 'x', ...more });
      expect(message?.result?.['isError'] ?? message?.error).toBeTruthy();
    }
    const search = { name: 'search_tools', arguments: { query: 'fixed' } };
    const { text } = await rpc(mcp.url, 'tools/call', { params: search, session });
    expect(text).toContain('s__fixed');
    expect(text).not.toContain('tenant');
  });

  it('are traced by the name of the tool', async () => {
    const traceId = `${era === 'legacy' ? 'a' : 'b'}`.repeat(32);
    await call('judged', { q: 'good' }, { traceparent: `00-${traceId}-${'c'.repeat(16)}-01` });
    const span = await collector.span(
      (one) =>
        one.traceId === traceId && one.kind === 'server' && one.name.startsWith('tools/call'),
      'no span of the call',
    );
    expect(span.name).toBe('tools/call s__judged');
    expect(span.attributes).toMatchObject({ 'gen_ai.tool.name': 's__judged' });
  });

  it('have the deadline of the tool', async () => {
    server.on('tools/call', () => undefined);
    try {
      const { message } = await call('slow');
      expect(message?.error?.message).toContain('300');
    } finally {
      server.on('tools/call', (arrived, response) =>
        answer(arrived, response, '{"content":[],"isError":false}'),
      );
    }
  });
});
