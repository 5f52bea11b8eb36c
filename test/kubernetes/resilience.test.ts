import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.js';
import type { TestProcess } from '../support/process.js';
import { until } from '../support/readiness.js';
import { startCluster } from './support/cluster.js';
import type { Kubectl } from './support/cluster.js';
import { hasControlPlane } from './support/control-plane.js';
import { startController } from './support/controller-process.js';
import { credential, gateway, group, server } from './support/manifests.js';

const pluginApi = 'configuration.konghq.com/v1';
const routeApi = 'gateway.networking.k8s.io/v1';

describe.skipIf(!hasControlPlane)('a controller in a cluster that is not calm', () => {
  let kubectl: Kubectl;
  let controller: TestProcess;
  let figures: string;

  beforeAll(async () => {
    kubectl = await startCluster();
    figures = `127.0.0.1:${await freePort()}`;
    start();
  });
  afterAll(async () => {
    await controller?.kill('SIGTERM');
    await kubectl?.plane.stop();
  });

  const start = (): void => {
    controller = startController(kubectl.plane, '--metrics', figures);
  };
  const plugin = () => kubectl.get('KongPlugin', pluginApi, 'tools', 'main-mcp-aggregate');
  const served = async (): Promise<string[]> => {
    const state = await kubectl.get('Secret', 'v1', 'tools', 'main-kong-mcp');
    const text = Buffer.from(state?.data?.['mcp-aggregate'] ?? '', 'base64').toString();
    const { servers = [] } = JSON.parse(text || '{}') as {
      servers?: { name: string; enabled?: boolean }[];
    };
    return servers.filter(({ enabled }) => enabled !== false).map(({ name }) => name);
  };
  const serves = (what: string, ...names: string[]) =>
    until(async () => String(await served()) === String(names), {
      what,
      timeoutMs: 90_000,
      everyMs: 200,
    });
  const counted = async (name: string): Promise<number> => {
    const text = await (await fetch(`http://${figures}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(name))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const quiet = () =>
    until(
      async () => {
        const before = await counted('kong_mcp_controller_writes_total');
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        return (await counted('kong_mcp_controller_writes_total')) === before;
      },
      { what: 'it goes on writing', timeoutMs: 90_000 },
    );

  it('killed at any moment and started again, converges: nothing twice, nothing lost', async () => {
    await kubectl.apply(gateway(), credential('key', { token: 'one' }));
    for (const [at, delay] of [0, 30, 80, 150, 300, 600].entries()) {
      await kubectl.apply(
        server(`s${at}`, { url: `http://s${at}/mcp`, credentialRef: { name: 'key' } }),
      );
      if (at > 1) await kubectl.delete('MCPServer', group, 'tools', `s${at - 2}`);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await controller.kill('SIGKILL');
      start();
    }
    await serves('it does not converge', 's4', 's5');
    await until(async () => (await kubectl.list('MCPServer', group, 'tools')).length === 2, {
      what: 'a deleted server stays',
    });
    expect((await kubectl.list('KongPlugin', pluginApi, 'tools')).length).toBe(1);
    for (const { metadata } of await kubectl.list('MCPServer', group, 'tools')) {
      expect(metadata.finalizers).toEqual(['kong-mcp.dev/served']);
    }
  });

  it('when nothing happens, asks for nothing but its lease', async () => {
    await quiet();
    const before = {
      asked: await counted('kong_mcp_controller_requests_total'),
      written: await counted('kong_mcp_controller_writes_total'),
    };
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect((await counted('kong_mcp_controller_writes_total')) - before.written).toBe(0);
    // A lease of three seconds is read and written once a second.
    expect((await counted('kong_mcp_controller_requests_total')) - before.asked).toBeLessThan(20);
  });

  it('what somebody else writes into its objects is put right, once', async () => {
    const path = kubectl.path('Secret', 'v1', 'tools', 'main-kong-mcp');
    const data = {
      'mcp-aggregate': Buffer.from('{"servers":[],"anonymous":true}').toString('base64'),
      more: 'eA==',
    };
    await kubectl.plane.ask('PATCH', path, { data }, 'application/merge-patch+json');
    await serves('it is not put right', 's4', 's5');
    const state = await kubectl.get('Secret', 'v1', 'tools', 'main-kong-mcp');
    expect(Object.keys(state.data).sort()).toEqual(['mcp-aggregate', 'state']);
    await kubectl.delete('KongPlugin', pluginApi, 'tools', 'main-mcp-aggregate');
    await until(async () => (await plugin()) !== undefined, {
      what: 'the plugin does not come back',
    });
    await quiet();
  });

  it('a route keeps the plugins of others, whoever writes at the same time', async () => {
    const path = kubectl.path('HTTPRoute', routeApi, 'tools', 'mcp');
    const route = {
      apiVersion: routeApi,
      kind: 'HTTPRoute',
      metadata: { name: 'mcp', namespace: 'tools', annotations: { 'konghq.com/plugins': 'cors' } },
      spec: {},
    };
    const made = await kubectl.plane.ask(
      'POST',
      kubectl.path('HTTPRoute', routeApi, 'tools'),
      route,
    );
    expect(made.body).toMatchObject({ kind: 'HTTPRoute' });
    await kubectl.apply(gateway('main', { routeRefs: [{ kind: 'HTTPRoute', name: 'mcp' }] }));
    for (let n = 0; n < 10; n += 1) {
      const labels = { [`n${n}`]: 'x' };
      await kubectl.plane.ask(
        'PATCH',
        path,
        { metadata: { labels } },
        'application/merge-patch+json',
      );
    }
    const annotation = async () =>
      (await kubectl.get('HTTPRoute', routeApi, 'tools', 'mcp'))?.metadata.annotations?.[
        'konghq.com/plugins'
      ];
    await until(async () => (await annotation()) === 'cors,main-mcp-aggregate', {
      what: 'not annotated',
      timeoutMs: 90_000,
    });
    const replaced = { metadata: { annotations: { 'konghq.com/plugins': 'rate' } } };
    await kubectl.plane.ask('PATCH', path, replaced, 'application/merge-patch+json');
    await until(async () => (await annotation()) === 'rate,main-mcp-aggregate', {
      what: 'not put right',
      timeoutMs: 90_000,
    });
  });

  it('an API server that is restarted is followed again, and what came meanwhile is seen', async () => {
    await kubectl.plane.stopServer();
    await kubectl.plane.startServer();
    await kubectl.apply(server('s6'));
    await serves('it is not followed', 's4', 's5', 's6');
    await quiet();
  });

  it('a watch whose past is no longer kept begins anew, and nothing is missed', async () => {
    process.kill(controller.pid, 'SIGSTOP');
    await kubectl.plane.stopServer();
    await kubectl.plane.startServer();
    await kubectl.apply(server('s8'));
    await kubectl.delete('MCPServer', group, 'tools', 's6');
    await kubectl.plane.compact();
    await kubectl.plane.stopServer();
    await kubectl.plane.startServer();
    process.kill(controller.pid, 'SIGCONT');
    await serves('what came meanwhile is missed', 's4', 's5', 's8');
    expect(controller.stderr).toContain('kubernetes_watch_expired');
    await kubectl.delete('MCPServer', group, 'tools', 's8');
    // What is applied while it is still being deleted goes with it.
    await until(async () => (await kubectl.list('MCPServer', group, 'tools')).length === 2, {
      what: 'deleted servers stay',
      timeoutMs: 90_000,
    });
    await kubectl.apply(server('s6'));
    await serves('not as before', 's4', 's5', 's6');
  });

  it('of two, one leads; the other takes over when that is killed', async () => {
    const other = startController(kubectl.plane);
    try {
      await controller.kill('SIGKILL');
      await kubectl.apply(server('s7'));
      await serves('nobody takes over', 's4', 's5', 's6', 's7');
    } finally {
      await other.kill('SIGTERM');
    }
    start();
    await kubectl.delete('MCPServer', group, 'tools', 's7');
    await serves('nobody leads', 's4', 's5', 's6');
  });

  it('200 servers are served and said so; one more change is one more write', async () => {
    const many = Array.from({ length: 200 }, (_, at) => server(`m${at}`));
    for (let at = 0; at < many.length; at += 20) {
      await Promise.all(many.slice(at, at + 20).map((one) => kubectl.apply(one)));
    }
    await until(async () => (await served()).length === 203, {
      what: 'not all',
      timeoutMs: 120_000,
      everyMs: 500,
    });
    await until(
      async () =>
        (await kubectl.list('MCPServer', group, 'tools')).every(({ status }) =>
          status?.conditions?.some(
            (one: { type: string; status: string }) =>
              one.type === 'Accepted' && one.status === 'True',
          ),
        ),
      { what: 'not all are accepted', timeoutMs: 120_000, everyMs: 500 },
    );
    await quiet();
    const before = await counted('kong_mcp_controller_writes_total{type="status"');
    await kubectl.apply(server('m7', { url: 'http://m7.elsewhere/mcp' }));
    await until(
      async () => {
        const state = await kubectl.get('Secret', 'v1', 'tools', 'main-kong-mcp');
        return Buffer.from(state.data['mcp-aggregate'], 'base64')
          .toString()
          .includes('m7.elsewhere');
      },
      { what: 'the change is not served' },
    );
    await quiet();
    const after = await counted('kong_mcp_controller_writes_total{type="status"');
    expect(after - before).toBeLessThan(8);
    expect(controller.stderr).not.toContain('sesame');
  });

  it('a deleted gateway takes everything with it, and the route is as it was', async () => {
    await kubectl.delete('MCPGateway', group, 'tools', 'main');
    await until(
      async () => (await kubectl.get('MCPGateway', group, 'tools', 'main')) === undefined,
      { what: 'it stays', timeoutMs: 90_000 },
    );
    expect(await plugin()).toBeUndefined();
    expect(await kubectl.get('Secret', 'v1', 'tools', 'main-kong-mcp')).toBeUndefined();
    const route = await kubectl.get('HTTPRoute', routeApi, 'tools', 'mcp');
    expect(route.metadata.annotations['konghq.com/plugins']).toBe('rate');
  });
});
