import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectFirst, connectFirstSse, connectNextAs } from '../../support/any-client.js';
import type { AnyClient } from '../../support/any-client.js';
import { programs } from '../../support/eras/clients/programs.js';
import { startPythonSseServer } from '../../support/eras/python-server.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { internalRoute } from '../../support/rig/route-servers.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool, openSession } from '../../support/rpc.js';
import { startServerEverythingSse } from '../../support/upstreams/server-everything.js';
import { startSseFixture } from '../../support/upstreams/sse-fixture.js';
import type { SseFixture } from '../../support/upstreams/sse-fixture.js';

const seat = { 'elicitation/create': { action: 'accept', content: { seat: '12A' } } };

describe('a server of the HTTP+SSE transport', () => {
  it('is found out without a setting, and is back once it has been killed', async () => {
    let server = await startServerEverythingSse();
    const servers = [{ name: 'old', url: server.url }];
    const mcp = await startOpenEndpoint({ aggregate: { servers } });
    const through = await connectFirst(mcp.url, {});
    const echo = () => through.client.callTool({ name: 'old__echo', arguments: { message: 'x' } });
    try {
      await untilListed(mcp.url, ['old__echo']);
      const before = await echo();
      await server.close();
      const failed = await echo().catch((error: unknown) => error);
      expect(failed).toMatchObject({ message: expect.stringContaining('server old') });
      server = await startServerEverythingSse(Number(new URL(server.url).port));
      await until(async () => expect(await echo()).toEqual(before) ?? true, { what: 'not back' });
    } finally {
      await through.client.close();
      await mcp.stop();
      await server.close();
    }
  });

  it('is told of calls that clients of either era give up', async () => {
    const fixture = await startSseFixture();
    const servers = [{ name: 'old', url: fixture.url, transport: 'sse' }];
    const mcp = await startOpenEndpoint({ aggregate: { servers } });
    const posted = (method: string) => fixture.posted.filter((one) => one.method === method).length;
    try {
      await untilListed(mcp.url, ['old__t']);
      fixture.on('tools/call', (_posted, response) => void response.writeHead(202).end());
      for (const [index, connect] of [connectFirst, connectNextAs('auto')].entries()) {
        const through = await connect(mcp.url, {});
        const controller = new AbortController();
        const calling = through.whileWanted('old__t', controller.signal).catch(() => 'given up');
        await until(() => posted('tools/call') > index, { what: 'no call came' });
        controller.abort();
        expect(await calling).toBe('given up');
        await until(() => posted('notifications/cancelled') > index, { what: 'was not told' });
        await through.client.close();
      }
    } finally {
      await mcp.stop();
      await fixture.close();
    }
  });
});

describe('a server of the HTTP+SSE transport behind a Kong route', () => {
  let fixture: SseFixture;
  let gateway: Gateway;

  beforeAll(async () => {
    fixture = await startSseFixture();
    const port = await freePort();
    const route = { path: '/old/sse', message_path: '/old/messages' };
    const at = (path: string) => new URL(path, fixture.url).href;
    gateway = await startGateway({
      port,
      env: { KONG_MCP_KONG_URL: `http://127.0.0.1:${port}` },
      declarative: {
        services: [
          endpoint({
            name: 'mcp',
            path: '/mcp',
            aggregate: {
              anonymous: true,
              servers: [{ name: 'old', transport: 'sse', trusted: true, route }],
            },
          }),
          internalRoute({ name: 'sse', path: '/old/sse', url: at('/sse') }),
          internalRoute({ name: 'messages', path: '/old/messages', url: at('/messages') }),
        ],
      },
    });
    await untilListed(gateway.at('/mcp'), ['old__t']);
  });
  afterAll(async () => {
    await gateway?.stop();
    await fixture?.close();
  });

  it('gets its messages by way of that', async () => {
    const session = await openSession(gateway.at('/mcp'));
    const called = await callTool(gateway.at('/mcp'), 'old__t', {}, { session });
    expect(called.text).toContain('"n":12345678901234567890');
  });
});

describe.skipIf(programs.python1 === undefined)("Python's mcp 1.x, as directly", () => {
  let python: { readonly url: string; close(): Promise<void> };
  let mcp: OpenEndpoint;
  let through: AnyClient;
  let direct: AnyClient;

  beforeAll(async () => {
    python = await startPythonSseServer(programs.python1!);
    const servers = [{ name: 'py', url: python.url, trusted: true }];
    mcp = await startOpenEndpoint({ aggregate: { servers } });
    await untilListed(mcp.url, ['py__echo']);
    through = await connectFirst(mcp.url, seat);
    direct = await connectFirstSse(python.url, seat);
  });
  afterAll(async () => {
    await through?.client.close();
    await direct?.client.close();
    await mcp?.stop();
    await python?.close();
  });

  it('its tools, a question, progress, prompts and resources', async () => {
    const bare = (value: unknown) =>
      JSON.stringify(value).replaceAll('py__', '').replaceAll('mcp+py+', '');
    const same = (seen: unknown, there: unknown) => expect(bare(seen)).toBe(bare(there));
    same((await through.client.listTools()).tools, (await direct.client.listTools()).tools);
    for (const [name, args] of [
      ['echo', { message: 'Grüße' }],
      ['insist', { flight: 'KP 1' }],
    ] as const) {
      const seen = await through.client.callTool({ name: `py__${name}`, arguments: args });
      const there = await direct.client.callTool({ name, arguments: args });
      same(seen.content, there.content);
    }
    expect(through.asked).toHaveLength(1);
    const [, steps] = await through.withProgress('py__steps', {});
    expect(steps).toEqual([1, 2, 3].map((progress) => ({ progress, total: 3 })));
    same((await through.client.listPrompts()).prompts, (await direct.client.listPrompts()).prompts);
    const uri = 'note://today';
    const read = await through.client.readResource({ uri: `mcp+py+${uri}` });
    same(read.contents, (await direct.client.readResource({ uri })).contents);
  });
});
