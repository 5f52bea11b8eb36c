import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixtureServer } from '../../conformance/fixture/fixture-server.js';
import type { FixtureServer } from '../../conformance/fixture/fixture-server.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { connectLegacy } from '../../support/legacy-client.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { internalRoute } from '../../support/rig/route-servers.js';
import { endpoint, fileLog } from '../../support/rig/services.js';
import { callTool, exchange, openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import {
  answer,
  event,
  eventStream,
  resultMessage,
  startHttpFixture,
} from '../../support/upstreams/http-fixture.js';
import type { Arrived, HttpFixture } from '../../support/upstreams/http-fixture.js';

const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });
const secretHeaders = ['x-mcp-internal-handle', 'x-mcp-handle', 'x-mcp-limit-key', 'authorization'];

describe('servers reached back through a Kong route', () => {
  let suite: FixtureServer;
  let paged: HttpFixture;
  let limited: HttpFixture;
  let gateway: Gateway;
  let url: string;
  /** The stream on which `paged` speaks by itself. */
  let own: ServerResponse | undefined;
  let tools = [['first'], ['second']];

  beforeAll(async () => {
    const port = await freePort();
    [suite, paged, limited] = await Promise.all([
      startFixtureServer(),
      startHttpFixture({ capabilities: '{"tools":{"listChanged":true}}' }),
      startHttpFixture(),
    ]);
    serve();
    const servers = [
      { name: 'suite', route: { path: '/internal/suite' }, trusted: true },
      {
        name: 'paged',
        route: { path: '/internal/paged', host: 'paged.internal' },
        headers: { 'X-Tenant': 'blue' },
      },
      { name: 'limited', route: { path: '/internal/limited' } },
    ];
    gateway = await startGateway({
      port,
      env: { KONG_MCP_KONG_URL: `http://127.0.0.1:${port}` },
      declarative: (places) => {
        const plugins = [fileLog(places)];
        // All that arrives there counts: the handshake and lists as well.
        const limit = { hour: 20, policy: 'local', limit_by: 'service' };
        const limits = [...plugins, { name: 'rate-limiting', config: limit }];
        return {
          services: [
            endpoint({
              name: 'mcp',
              path: '/mcp',
              aggregate: { servers, anonymous: true, list_ttl: 86_400 },
              plugins,
            }),
            internalRoute({ name: 'suite', path: '/internal/suite', url: suite.url, plugins }),
            internalRoute({
              name: 'paged',
              path: '/internal/paged',
              url: paged.url,
              plugins,
              hosts: ['paged.internal'],
            }),
            internalRoute({
              name: 'limited',
              path: '/internal/limited',
              url: limited.url,
              plugins: limits,
            }),
          ],
        };
      },
    });
    url = gateway.at('/mcp');
    await untilListed(url, ['suite__test_simple_text', 'paged__second', 'limited__count']);
    await paged.until('GET');
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([suite?.close(), paged?.close(), limited?.close()]);
  });

  function serve(): void {
    paged.on('tools/list', (arrived, response) => {
      const page = Number(arrived.params?.cursor ?? 0);
      const nextCursor = tools[page + 1] ? { nextCursor: String(page + 1) } : {};
      const result = { tools: tools[page]!.map(tool), ...nextCursor };
      answer(arrived, response, JSON.stringify(result));
    });
    paged.on('GET', (_arrived, response) => {
      own = response;
      eventStream(response);
    });
    paged.on('tools/call', (arrived, response) => {
      eventStream(response);
      const { progressToken } = arrived.params._meta;
      const params = { progressToken, progress: 1 };
      const method = 'notifications/progress';
      response.write(event(JSON.stringify({ jsonrpc: '2.0', method, params })));
      response.end(event(resultMessage(arrived, '{"content":[]}')));
    });
    limited.on('tools/list', (arrived, response) =>
      answer(arrived, response, JSON.stringify({ tools: [tool('count')] })),
    );
  }

  it('answer calls, and pages of lists are fetched through it', async () => {
    const simple = await callTool(url, 'suite__test_simple_text', {});
    expect(simple.message?.result).toHaveProperty('content');
    const { text } = await rpc(url, 'tools/list');
    expect(text).toContain('"paged__first"');
    expect(text).toContain('"paged__second"');
  });

  it('ask the client inside a session of its own', async () => {
    const client = await connectLegacy(url, {
      capabilities: { elicitation: { form: {} } },
      answers: { 'elicitation/create': { action: 'accept', content: { username: 'alice' } } },
    });
    const text = await client.text('suite__test_elicitation', { message: 'Who are you?' });
    expect(text).toContain('"username":"alice"');
    expect(client.asked[0]?.params).toMatchObject({ message: '[suite] Who are you?' });
    await client.transport.terminateSession();
    await client.close();
  });

  it('end a session by DELETE on the same way', async () => {
    const ended = () =>
      gateway.fileLogLines().some((line) => {
        const { method, uri } = line['request'] as Record<string, unknown>;
        const { status } = line['response'] as Record<string, unknown>;
        return method === 'DELETE' && uri === '/internal/suite' && status === 200;
      });
    await until(ended, { what: 'the session was not ended at the server' });
  });

  it('stream progress, and announce changed lists on their own stream', async () => {
    const session = await openSession(url);
    const params = { name: 'paged__first', arguments: {}, _meta: { progressToken: 'p' } };
    const call = await rpc(url, 'tools/call', { session, params });
    expect(call.messages.map(({ method }) => method)).toEqual([
      'notifications/progress',
      undefined,
    ]);
    const stream = await openStream(url, { method: 'GET', session });
    tools = [['first'], ['second', 'third']];
    const method = 'notifications/tools/list_changed';
    own?.write(event(JSON.stringify({ jsonrpc: '2.0', method })));
    await stream.until(/notifications\/tools\/list_changed/);
    expect((await rpc(url, 'tools/list', { session })).text).toContain('"paged__third"');
    await stream.leave();
  });

  it('get the configured headers and the name they know, and nothing of ours that counts', async () => {
    const headers = { 'x-secret': 'of the client' };
    await rpc(url, 'tools/call', {
      headers,
      params: { name: 'paged__first', arguments: {}, _meta: { progressToken: 'q' } },
    });
    const arrived = paged.of('tools/call').at(-1)!;
    expect(arrived.headers).toMatchObject({
      'x-tenant': 'blue',
      'mcp-method': 'tools/call',
      'mcp-name': 'first',
    });
    for (const one of paged.arrived) {
      for (const name of secretHeaders) expect(one.headers).not.toHaveProperty(name);
      expect(one.headers).not.toHaveProperty('x-secret');
    }
  });

  it('see one affinity value per session, from initialize on', () => {
    const bySession = new Map<string, Set<string>>();
    const affinityOf = ({ headers }: Arrived) => String(headers['x-mcp-affinity']);
    for (const one of paged.arrived) {
      const session = one.headers['mcp-session-id'];
      if (session === undefined) continue;
      const seen = bySession.get(String(session)) ?? new Set();
      bySession.set(String(session), seen.add(affinityOf(one)));
    }
    expect(bySession.size).toBeGreaterThan(1);
    const values = [...bySession.values()].map((seen) => [...seen]);
    expect(values.every(({ length }) => length === 1)).toBe(true);
    expect(new Set(values.flat()).size).toBe(bySession.size);
    const first = paged.of('initialize').map(affinityOf).sort();
    expect(first).toEqual(values.flat().sort());
  });

  it('are logged on both ways, each by the name that counts there', async () => {
    const session = await openSession(url);
    await callTool(url, 'suite__test_simple_text', {}, { session });
    const named = (name: string) =>
      until(
        () =>
          gateway.fileLogLines().find((line) => {
            const mcp = line['mcp'] as Record<string, unknown> | undefined;
            return mcp?.['method'] === 'tools/call' && mcp['name'] === name;
          }),
        { what: `no line for ${name}` },
      );
    const outer = await named('suite__test_simple_text');
    const inner = await named('test_simple_text');
    expect(outer['mcp']).toMatchObject({ server: 'suite' });
    expect(outer['mcp']).not.toHaveProperty('internal');
    expect(inner['mcp']).toMatchObject({
      server: 'suite',
      internal: true,
      session: expect.stringMatching(/^[\w-]{16}$/),
    });
    expect(inner['request']).toMatchObject({ uri: '/internal/suite' });
    expect(JSON.stringify(inner)).not.toContain('x-mcp-internal-handle');
  });

  it('can be limited each by itself: the error names the server, the others go on', async () => {
    let last = await callTool(url, 'limited__count', {});
    for (let i = 0; i < 25 && last.message?.error === undefined; i++) {
      last = await callTool(url, 'limited__count', {});
    }
    expect(last.message?.error).toMatchObject({
      code: -31001,
      message: expect.stringMatching(/limited.*429/),
      data: { server: 'limited', status: 429 },
    });
    const other = await callTool(url, 'suite__test_simple_text', {});
    expect(other.message?.result).toHaveProperty('content');
  });

  it('let in nobody else', async () => {
    const answers = await Promise.all([
      rpc(gateway.at('/internal/suite'), 'tools/list'),
      rpc(gateway.at('/internal/suite'), 'tools/list', {
        headers: { 'x-mcp-internal-handle': `${'A'.repeat(22)}.${'A'.repeat(22)}` },
      }),
    ]);
    for (const { status, message } of answers) {
      expect(status).toBe(403);
      expect(message?.error).toMatchObject({ code: -32600 });
    }
    const got = await exchange(gateway.at('/internal/suite'), 'GET', {
      accept: 'text/event-stream',
    });
    expect([got.status, got.headers['x-mcp-outcome']]).toEqual([403, 'handle_invalid']);
  });
});
