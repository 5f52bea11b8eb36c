import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { authSocketOfRun, workersOfRun } from '../../support/workers.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { untilListed } from '../../support/rig/listed.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool, exchange, rpc } from '../../support/rpc.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const secret = 'swordfish-3307';

interface Status {
  readonly ready: boolean;
  readonly plugins: {
    readonly 'mcp-aggregate': {
      readonly endpoints: readonly {
        readonly endpoint: string;
        readonly route: string | null;
        readonly service: string | null;
        readonly servers: readonly Record<string, unknown>[];
      }[];
    };
  };
}

describe('what operators see', () => {
  let issuer: Issuer;
  let everything: RunningServer;
  let fixture: HttpFixture;
  let gateway: Gateway;
  let resource: string;
  let operations: string;
  let deadPort: number;

  beforeAll(async () => {
    const [port, own] = [await freePort(), await freePort()];
    deadPort = await freePort();
    resource = `http://127.0.0.1:${port}/mcp`;
    operations = `http://127.0.0.1:${own}`;
    const guarded = `http://127.0.0.1:${port}/mcp-operations`;
    [issuer, everything, fixture] = await Promise.all([
      startIssuer([resource, guarded]),
      startServerEverything(),
      startHttpFixture(),
    ]);
    const names = ['again', 'fine', 'x'.repeat(70)];
    const tools = names.map((name) => `{"name":"${name}","inputSchema":{"type":"object"}}`);
    fixture.on('tools/list', (arrived, response) =>
      answer(arrived, response, `{"tools":[${tools.join(',')},{"name":"again"}]}`),
    );
    const servers = [
      { name: 'everything', url: everything.url },
      { name: 'fixture', url: fixture.url, headers: { Authorization: `Bearer ${secret}` } },
      { name: 'dead', url: `http://127.0.0.1:${deadPort}/mcp?key=${secret}` },
    ];
    const authorization_servers = [issuer.url];
    gateway = await startGateway({
      port,
      env: { KONG_MCP_OPERATIONS: `127.0.0.1:${own}` },
      declarative: {
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            oauth: { resource, authorization_servers },
            aggregate: { servers },
          }),
          {
            name: 'mcp-operations',
            url: operations,
            routes: [
              {
                name: 'mcp-operations',
                paths: ['/mcp-operations'],
                plugins: [
                  {
                    name: 'mcp-oauth',
                    config: { resource: guarded, authorization_servers, required_scopes: ['ops'] },
                  },
                ],
              },
            ],
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), everything?.close(), fixture?.close()]);
  });

  const get = (path: string, headers = {}) => exchange(`${operations}${path}`, 'GET', headers);
  const metric = async (start: string) =>
    (await get('/metrics')).text.split('\n').filter((line) => line.startsWith(start));
  const value = async (start: string) =>
    (await metric(start)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

  it('is ready before anybody calls, and after every server has been asked', async () => {
    expect((await get('/health')).status).toBe(200);
    expect((await get('/ready')).status).toBe(200);
    const token = await issuer.token(resource);
    await untilListed(resource, ['everything__echo', 'fixture__fine'], { token });
    await until(async () => (await get('/ready')).status === 200, { what: 'it never got ready' });
  });

  it('status tells of each server what it is and how it does, and keeps secrets', async () => {
    const token = await issuer.token(resource, 'alice-3307');
    await callTool(resource, 'everything__echo', { message: 'argument-3307' }, { token });
    const read = async () => JSON.parse((await get('/status')).text) as Status;
    const servers = async () => (await read()).plugins['mcp-aggregate'].endpoints[0]?.servers ?? [];
    await until(async () => ((await servers())[0]?.['latency_ms'] ?? null) !== null, {
      what: 'no latency',
    });
    const [good, odd, dead] = await servers();
    expect(good).toMatchObject({
      name: 'everything',
      kind: 'url',
      state: 'ready',
      circuit: 'closed',
      last_error: null,
      eras: { legacy: true, modern: false },
      said: { revision: '2025-11-25', version: expect.stringMatching(/\d/) as string },
      latency_ms: { p50: expect.any(Number) as number, p99: expect.any(Number) as number },
      prompts: { offered: true },
    });
    expect(good).toHaveProperty('tools.count');
    expect(odd).toMatchObject({
      said: { name: 'fixture', version: '1' },
      tools: { count: 3, refused: 1, long_names: 1, last_error: null },
      prompts: { offered: false, count: 0 },
    });
    expect(dead).toMatchObject({
      state: 'failing',
      last_error: expect.stringContaining('connection') as string,
      said: null,
      eras: { legacy: null, modern: null },
      tools: { count: 0, age_seconds: null },
    });
    const all = (await get('/status')).text + (await get('/metrics')).text;
    for (const hidden of [secret, 'alice-3307', 'argument-3307', token, `:${deadPort}`, '/mcp']) {
      expect(all).not.toContain(hidden);
    }
  });

  it('endpoints go by the name of their route, in status and metrics', async () => {
    const { plugins } = JSON.parse((await get('/status')).text) as Status;
    const [only] = plugins['mcp-aggregate'].endpoints;
    expect([only?.route, only?.service]).toEqual(['mcp', null]);
    expect(await metric('kong_mcp_endpoint_info{')).toEqual([
      `kong_mcp_endpoint_info{endpoint="${only?.endpoint}",route="mcp",service=""} 1`,
    ]);
  });

  it('metrics count calls by method, server, tool and outcome, and lists and states', async () => {
    const token = await issuer.token(resource);
    const about = 'method="tools/call",server="everything",tool="everything__get-sum"';
    const series = async () => {
      const lines = await metric('kong_mcp_requests_total{');
      const line = lines.find((each) => each.includes(about) && each.includes('outcome="ok"'));
      return Number(line?.split(' ').at(-1) ?? 0);
    };
    for (let i = 0; i < 3; i++) {
      await callTool(resource, 'everything__get-sum', { a: 1, b: i }, { token });
    }
    await until(async () => (await series()) === 3, { what: 'three calls were not counted' });
    const times = (await metric('kong_mcp_request_duration_seconds_count')).find((line) =>
      line.includes('method="tools/call",server="everything"'),
    );
    expect(Number(times?.split(' ').at(-1))).toBeGreaterThanOrEqual(3);
    const lines = (await get('/metrics')).text;
    expect(lines).toMatch(/kong_mcp_upstream_state\{[^}]*server="dead",state="failing"\} 1/);
    expect(lines).toMatch(/kong_mcp_upstream_era\{[^}]*server="everything",era="legacy"\} 1/);
    expect(lines).toMatch(
      /kong_mcp_client_requests_total\{[^}]*era="legacy",version="[\d-]+"\} \d/,
    );
    expect(lines).toMatch(/kong_mcp_list_items\{[^}]*server="fixture",kind="tool"\} 3/);
    expect(lines).toMatch(/kong_mcp_list_items_refused\{[^}]*server="fixture",kind="tool"\} 1/);
    expect(lines).toMatch(/kong_mcp_oauth_key_loads_total\{outcome="ok"\} [1-9]/);
    expect(await value('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    // With the primary, and the worker for authentication.
    const apart = authSocketOfRun ? 1 : 0;
    const processes = workersOfRun + apart === 1 ? 1 : workersOfRun + apart + 1;
    expect(await metric('kong_mcp_event_loop_delay_seconds{')).toHaveLength(3 * processes);
  });

  it('clients make no series: unknown methods and tools share one', async () => {
    const token = await issuer.token(resource);
    const before = (await metric('kong_mcp_')).length;
    for (let i = 0; i < 30; i++) {
      await rpc(resource, `made/up${i}`, { token });
      await callTool(resource, `everything__made-up${i}`, {}, { token });
      await rpc(resource, 'tools/list', { token: `bad${i}` });
    }
    const counted = async () => value('kong_mcp_oauth_token_refusals_total{reason="not_a_jwt"}');
    await until(async () => (await counted()) === 30, { what: 'refused tokens were not counted' });
    const text = (await get('/metrics')).text;
    expect(text).not.toContain('made');
    expect(text).toMatch(/method="other",server="",tool="",outcome="method_not_found"\} 30/);
    expect((await metric('kong_mcp_')).length - before).toBeLessThan(40);
  });

  it('is reached through Kong by who may, and by nobody else', async () => {
    const url = gateway.at('/mcp-operations');
    expect((await exchange(`${url}/status`, 'GET', {})).status).toBe(401);
    const other = { authorization: `Bearer ${await issuer.token(url)}` };
    expect((await exchange(`${url}/status`, 'GET', other)).status).toBe(403);
    const token = await issuer.token(url, 'operator', { claims: { scope: 'ops' } });
    const headers = { authorization: `Bearer ${token}` };
    const status = await exchange(`${url}/status`, 'GET', headers);
    expect(status.status).toBe(200);
    expect(JSON.parse(status.text)).toHaveProperty('plugins.mcp-aggregate.endpoints');
    const metrics = await exchange(`${url}/metrics`, 'GET', headers);
    expect(metrics.headers['content-type']).toContain('version=0.0.4');
    expect(metrics.text).toContain('# TYPE kong_mcp_requests_total counter');
    expect((await exchange(`${url}/ready`, 'GET', headers)).status).toBe(200);
  });

  it('does not serve a page whose name was made to lead here', async () => {
    expect((await get('/status', { host: 'attacker.example' })).status).toBe(421);
    expect((await get('/metrics', { host: 'localhost:1234' })).status).toBe(200);
  });

  it('a successor takes over the address with the socket', async () => {
    const start = async () => value('process_start_time_seconds').catch(() => 0);
    const first = await start();
    expect(first).toBeGreaterThan(0);
    const before = gateway.pluginServer.pid;
    await gateway.pluginServer.respawn();
    expect(gateway.pluginServer.pid).not.toBe(before);
    await until(() => gateway.pluginServer.stderr.split('operations_listening').length === 3, {
      what: 'the successor never got the address',
    });
    expect((await get('/ready')).status).toBe(200);
    const token = await issuer.token(resource);
    await until(async () => (await rpc(resource, 'ping', { token })).status === 200, {
      what: 'the successor never served',
    });
  });
});
