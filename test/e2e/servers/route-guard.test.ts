import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ofOneProcess } from '../../support/gateway/crossing.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { untilListed } from '../../support/rig/listed.js';
import { internalRoute, startTap } from '../../support/rig/route-servers.js';
import type { Tap } from '../../support/rig/route-servers.js';
import { endpoint, plainService } from '../../support/rig/services.js';
import { callTool, exchange, rpc } from '../../support/rpc.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';

const tools = JSON.stringify({ tools: [{ name: 'work', inputSchema: { type: 'object' } }] });

describe('routes of route servers', () => {
  let good: HttpFixture;
  let open: HttpFixture;
  let tap: Tap;
  let gateway: Gateway;
  let url: string;
  let held: ServerResponse | undefined;

  beforeAll(async () => {
    const port = await freePort();
    [good, open, tap] = await Promise.all([startHttpFixture(), startHttpFixture(), startTap(port)]);
    good.on('tools/list', (arrived, response) => answer(arrived, response, tools));
    open.on('tools/list', (arrived, response) => answer(arrived, response, tools));
    const at = (path: string) => ({ path, kong_url: `http://127.0.0.1:${port}` });
    const servers = [
      { name: 'good', route: { path: '/internal/good', kong_url: tap.url } },
      { name: 'open', route: at('/open') },
      // Straight back to the endpoint itself, and to it by a route that is in order.
      { name: 'self', route: at('/mcp') },
      { name: 'round', route: at('/internal/round') },
      { name: 'inner', route: at('/internal/inner') },
    ];
    gateway = await startGateway({
      port,
      // Each process remembers the handles that it has let in.
      ...ofOneProcess,
      declarative: ({ url: kong }) => ({
        services: [
          endpoint({ name: 'mcp', path: '/mcp', aggregate: { servers, anonymous: true } }),
          internalRoute({ name: 'good', path: '/internal/good', url: good.url }),
          plainService('open', '/open', open.url),
          internalRoute({ name: 'round', path: '/internal/round', url: `${kong}/mcp` }),
          internalRoute({ name: 'inner', path: '/internal/inner', url: `${kong}/internal/inner` }),
        ],
      }),
    });
    url = gateway.at('/mcp');
    await untilListed(url, ['good__work']);
  });
  afterAll(async () => {
    held?.destroy();
    await gateway?.stop();
    await Promise.all([good?.close(), open?.close(), tap?.close()]);
  });

  const again = (one: Tap['passed'][number]) =>
    exchange(gateway.at(one.url), one.method, one.headers as Record<string, string>, one.body);

  it('let a handle in once, whoever has listened in', async () => {
    const called = await callTool(url, 'good__work', { a: 1 });
    expect(called.message?.result).toBeDefined();
    const [seen] = tap.passed.filter(({ headers }) => headers['mcp-method'] === 'tools/call');
    expect(seen?.headers).toHaveProperty('x-mcp-internal-handle');
    const arrived = good.of('tools/call').length;
    const replayed = await again(seen!);
    expect([replayed.status, replayed.headers['x-mcp-outcome']]).toEqual([403, 'handle_invalid']);
    expect(good.of('tools/call')).toHaveLength(arrived);
  });

  it('do not let in a live handle that is for another route', async () => {
    const live = new Promise<Record<string, unknown>>((resolve) => {
      open.on('initialize', (arrived, response) => {
        held = response;
        resolve(arrived.headers);
      });
    });
    const waiting = callTool(url, 'open__work', {});
    // The server is left alone for a while after a failure.
    void waiting.catch(() => undefined);
    const stop = setInterval(() => void callTool(url, 'open__work', {}).catch(() => {}), 300);
    const headers = await live.finally(() => clearInterval(stop));
    const handle = String(headers['x-mcp-internal-handle']);
    const before = good.arrived.length;
    const stolen = await rpc(gateway.at('/internal/good'), 'tools/call', {
      params: { name: 'work', arguments: {} },
      headers: { 'x-mcp-internal-handle': handle },
    });
    expect([stolen.status, stolen.headers['x-mcp-outcome']]).toEqual([403, 'handle_invalid']);
    expect(good.arrived).toHaveLength(before);
    held?.destroy();
  });

  it('that let anybody in are not used, and the error says what they lack', async () => {
    const { message } = await callTool(url, 'open__work', {});
    expect(message?.error).toMatchObject({ code: -31001, data: { server: 'open' } });
    expect(open.of('tools/call')).toHaveLength(0);
    expect(gateway.logText()).toMatch(/"server":"open"[^}]*mode internal/);
  });

  it.each(['self', 'round', 'inner'])('end a loop with an error: %s', async (name) => {
    const { message } = await callTool(url, `${name}__good__work`, {});
    expect(message?.error).toMatchObject({ code: -31001, data: { server: name } });
    expect(gateway.logText()).toMatch(new RegExp(`"server":"${name}"[^}]*a loop`));
    const list = await rpc(url, 'tools/list');
    expect(list.text).not.toContain(`${name}__`);
    expect(list.text).toContain('good__work');
  });
});
