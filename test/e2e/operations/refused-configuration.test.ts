import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { exchange, rpc } from '../../support/rpc.js';
import { startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

interface Status {
  readonly ready: boolean;
  readonly refused_configurations: readonly Readonly<Record<string, unknown>>[];
}

/** What Kong's schema cannot know: two servers of one name, one issuer given twice. */
describe('a configuration that Kong takes and the plugin refuses', () => {
  let issuer: Issuer;
  let server: HttpFixture;
  let gateway: Gateway;
  let operations: string;
  let base: string;

  const oauth = (path: string, more = {}) => ({
    resource: `${base}${path}`,
    authorization_servers: [issuer.url],
    ...more,
  });
  const servers = () => [{ name: 'one', url: server.url }];
  const twins = () => [...servers(), { name: 'one', url: server.url, prefix: 'other_' }];
  const good = () =>
    endpoint({
      name: 'good',
      path: '/good',
      oauth: oauth('/good'),
      aggregate: { servers: servers() },
    });
  const aggregate = (list: object[]) =>
    endpoint({
      name: 'twins',
      path: '/twins',
      oauth: oauth('/twins'),
      aggregate: { servers: list },
    });
  const lock = (issuers: object[]) =>
    endpoint({
      name: 'lock',
      path: '/lock',
      oauth: oauth('/lock', { issuers }),
      aggregate: { servers: servers() },
    });

  beforeAll(async () => {
    const [port, own] = [await freePort(), await freePort()];
    base = `http://127.0.0.1:${port}`;
    operations = `http://127.0.0.1:${own}`;
    [issuer, server] = await Promise.all([
      startIssuer(['/good', '/twins', '/lock'].map((path) => `${base}${path}`)),
      startHttpFixture(),
    ]);
    const twice = [{ issuer: issuer.url }, { issuer: issuer.url }];
    gateway = await startGateway({
      port,
      env: { KONG_MCP_OPERATIONS: `127.0.0.1:${own}` },
      declarative: { services: [good(), aggregate(twins()), lock(twice)] },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), server?.close()]);
  });

  const token = (path: string) => issuer.token(`${base}${path}`);
  const untilServed = (path: string) =>
    until(
      async () =>
        (await rpc(`${base}${path}`, 'ping', { token: await token(path) })).status === 200,
      { what: `${path} is not served` },
    );
  const get = (path: string) => exchange(`${operations}${path}`, 'GET', {});
  const status = async () => JSON.parse((await get('/status')).text) as Status;

  it('answers every request 503 and tells strangers no detail', async () => {
    const withToken = await rpc(`${base}/twins`, 'tools/list', { token: await token('/twins') });
    expect(withToken.status).toBe(503);
    expect(JSON.parse(withToken.text)).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: {
        code: -31020,
        message: expect.stringContaining('configuration is refused') as string,
      },
    });
    for (const answer of [
      await rpc(`${base}/lock`, 'tools/list', { token: await token('/lock') }),
      await rpc(`${base}/lock`, 'tools/list'),
      await exchange(`${base}/lock`, 'GET', {}),
      await exchange(`${base}/.well-known/oauth-protected-resource/lock`, 'GET', {}),
    ]) {
      expect([answer.status, answer.text]).toEqual([503, withToken.text]);
      expect(answer.headers['content-type']).toContain('application/json');
    }
  });

  it('keeps the lock where only the endpoint behind it is refused', async () => {
    expect((await rpc(`${base}/twins`, 'tools/list')).status).toBe(401);
  });

  it('does not concern other routes', async () => {
    await untilServed('/good');
  });

  it('is named with its reason in Kong’s error log and in the log of the plugin server', async () => {
    await until(() => gateway.logText().includes('two are named one'), { what: 'no reason' });
    const kong = gateway.logText().split('\n');
    for (const [plugin, route, reason] of [
      ['mcp-aggregate', 'twins', 'servers: two are named one'],
      ['mcp-oauth', 'lock', 'issuers: names one twice'],
    ] as const) {
      const line = kong.find(
        (one) => one.includes(`${plugin}: the configuration of ${route} is refused`) && one,
      );
      expect(line).toContain(reason);
      expect(line).toContain('error');
    }
    const own = gateway.pluginServer.stderr
      .split('\n')
      .filter((line) => line.includes('"configuration_refused"'))
      .map((line) => JSON.parse(line) as object);
    expect(own).toContainEqual(
      expect.objectContaining({
        level: 'error',
        plugin: 'mcp-oauth',
        field: 'issuers',
        reason: 'issuers: names one twice',
      }),
    );
  });

  it('is seen by operators, who find the node not ready', async () => {
    const ready = await get('/ready');
    expect(ready.status).toBe(503);
    expect(ready.text).toContain('route lock: the configuration of mcp-oauth is refused');
    const { refused_configurations: refused } = await status();
    expect(refused).toContainEqual(
      expect.objectContaining({
        plugin: 'mcp-aggregate',
        route: 'twins',
        reason: 'servers: two are named one',
      }),
    );
    const metrics = (await get('/metrics')).text;
    expect(metrics).toMatch(
      /kong_mcp_configuration_refused\{plugin="mcp-oauth",endpoint="[^"]+",route="lock"\} 1/,
    );
  });

  it('serves again as soon as it is mended, and the node is ready', async () => {
    await gateway.reload({
      services: [good(), aggregate(servers()), lock([{ issuer: issuer.url }])],
    });
    for (const path of ['/twins', '/lock']) {
      await untilServed(path);
    }
    await until(async () => (await get('/ready')).status === 200, { what: 'it never got ready' });
    // A page is kept for a moment.
    await until(async () => (await status()).refused_configurations.length === 0, {
      what: 'what is mended still counts as refused',
    });
  });
});
