import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Declarative, Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { startDemoServers } from '../../support/rig/demo-servers.js';
import type { DemoServers } from '../../support/rig/demo-servers.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint, plainService } from '../../support/rig/services.js';
import { startPacedTraffic } from '../../support/traffic.js';
import { callTool, openSession, rpc } from '../../support/rpc.js';

describe('a reload of the gateway', () => {
  let issuer: Issuer;
  let demo: DemoServers;
  let gateway: Gateway;
  let resource: string;
  let token: string;

  const configuration = (
    servers: readonly object[],
    extra: readonly object[] = [],
  ): Declarative => ({
    services: [
      endpoint({
        name: 'mcp',
        path: '/mcp',
        oauth: { resource, authorization_servers: [issuer.url] },
        aggregate: { servers },
      }),
      ...extra,
    ],
  });

  beforeAll(async () => {
    const port = await freePort();
    resource = `http://127.0.0.1:${port}/mcp`;
    [issuer, demo] = await Promise.all([startIssuer([resource]), startDemoServers()]);
    token = await issuer.token(resource);
    gateway = await startGateway({
      port,
      env: demo.env,
      workers: 4,
      declarative: configuration(demo.servers),
    });
    await until(async () => (await names()).length > 20, { what: 'the servers never listed' });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), demo?.close()]);
  });

  async function names(): Promise<string[]> {
    const answer = await rpc(resource, 'tools/list', { token });
    const tools = (answer.message?.result?.['tools'] ?? []) as { name: string }[];
    return tools.map(({ name }) => name);
  }

  it('with open streams and 50 requests a second costs no 5xx and no stream', async () => {
    const session = await openSession(resource, { token });
    const streams = Array.from({ length: 5 }, () =>
      rpc(resource, 'tools/call', {
        token,
        session,
        params: {
          name: 'everything__trigger-long-running-operation',
          arguments: { duration: 6, steps: 6 },
          _meta: { progressToken: 'long' },
        },
      }),
    );
    const statuses: number[] = [];
    const traffic = startPacedTraffic(50, async (n) => {
      const sent =
        n % 2 === 0
          ? rpc(resource, 'tools/list', { token, session })
          : callTool(resource, 'everything__echo', { message: 'still here' }, { token });
      statuses.push(
        await sent.then(
          ({ status }) => status,
          () => 599,
        ),
      );
    });
    await until(() => traffic.done > 20, { what: 'no traffic before the reload' });
    await gateway.reload(configuration(demo.servers, [plainService('other', '/other', resource)]));
    const seen = traffic.done;
    await until(() => traffic.done > seen + 50, { what: 'no traffic after the reload' });
    await traffic.stop();

    expect(statuses.length).toBeGreaterThan(70);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    for (const stream of await Promise.all(streams)) {
      expect(stream.status).toBe(200);
      expect(JSON.stringify(stream.message?.result)).toContain('completed');
      expect(
        stream.messages.filter(({ method }) => method === 'notifications/progress').length,
      ).toBe(6);
    }
  });

  it('takes a removed server’s tools away, and brings them back', async () => {
    const session = await openSession(resource, { token });
    await gateway.reload(configuration(demo.servers.slice(1)));
    expect((await names()).filter((name) => name.startsWith('everything__'))).toEqual([]);
    const gone = await callTool(resource, 'everything__echo', { message: 'x' }, { token, session });
    expect(gone.message?.error).toMatchObject({ code: -32602 });
    expect(gone.message?.error?.message).toContain('everything__echo');
    const other = await callTool(resource, 'memory__read_graph', {}, { token, session });
    expect(other.message?.result).toBeDefined();

    await gateway.reload(configuration(demo.servers));
    await until(async () => (await names()).includes('everything__echo'), {
      what: 'the restored server is not listed',
    });
    const back = await callTool(resource, 'everything__echo', { message: 'x' }, { token, session });
    expect(back.message?.result?.['content']).toEqual([{ type: 'text', text: 'Echo: x' }]);
  });
});
