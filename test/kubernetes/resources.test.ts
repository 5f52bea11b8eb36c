import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestProcess } from '../support/process.js';
import { until } from '../support/readiness.js';
import { startCluster } from './support/cluster.js';
import type { Kubectl } from './support/cluster.js';
import { hasControlPlane } from './support/control-plane.js';
import { startController } from './support/controller-process.js';
import { credential, gateway, group, server } from './support/manifests.js';

describe.skipIf(!hasControlPlane)('resources at an API server', () => {
  let kubectl: Kubectl;
  let controller: TestProcess | undefined;

  beforeAll(async () => {
    kubectl = await startCluster();
  });
  afterAll(async () => {
    await controller?.kill('SIGTERM');
    await kubectl?.plane.stop();
  });

  const pluginOf = () =>
    kubectl.get('KongPlugin', 'configuration.konghq.com/v1', 'tools', 'main-mcp-aggregate');
  const status = async (kind: string, name: string) =>
    (await kubectl.get(kind, group, 'tools', name))?.status;
  const condition = async (kind: string, name: string, type: string) =>
    ((await status(kind, name))?.conditions ?? []).find(
      (one: { type: string }) => one.type === type,
    );

  it.each([
    ['no target', {}, 'exactly one of'],
    [
      'two targets',
      { url: 'http://a/mcp', targetRef: { kind: 'Service', name: 'a' } },
      'exactly one of',
    ],
    ['a kind that cannot be', { targetRef: { kind: 'Pod', name: 'a' } }, 'Unsupported value'],
    [
      'a group that is not the kind’s',
      { targetRef: { kind: 'Service', group: 'gateway.networking.k8s.io', name: 'a' } },
      'group is',
    ],
    ['an address without scheme', { url: 'a.example' }, 'spec.url'],
    ['a name with a space', { url: 'http://a/mcp', name: 'a b' }, 'spec.name'],
    ['a number out of range', { url: 'http://a/mcp', timeout: 1 }, 'spec.timeout'],
    ['a secret in the open', { url: 'http://a/mcp', client_key: 'PEM' }, 'spec.client_key'],
    [
      'a rule between fields',
      { url: 'http://a/mcp', openapi: { document: 'a', file: 'b' } },
      'exactly one of',
    ],
    ['a path beside a url', { url: 'http://a/mcp', path: '/x' }, '`path` is for'],
  ])('%s is refused by the API server', async (_what, spec, why) => {
    await expect(kubectl.apply(server('wrong', spec))).rejects.toThrow(why);
  });

  it('are served as KongPlugin once a controller runs, and say how they do', async () => {
    await kubectl.apply(
      gateway(),
      server('a'),
      server('b', { targetRef: { kind: 'Service', name: 'b' } }),
    );
    controller = startController(kubectl.plane);
    const plugin = await until(
      async () => {
        const found = await pluginOf();
        return found?.config?.servers?.[0]?.name === 'a' ? found : undefined;
      },
      { what: 'no KongPlugin', timeoutMs: 60_000 },
    );
    expect(plugin.config.servers).toEqual([{ name: 'a', url: 'http://a.example/mcp' }]);
    expect(plugin.metadata.ownerReferences).toMatchObject([{ kind: 'MCPGateway', name: 'main' }]);
    await until(
      async () => (await condition('MCPServer', 'b', 'ResolvedRefs'))?.status === 'False',
      { what: 'no status' },
    );
    expect(await condition('MCPServer', 'b', 'ResolvedRefs')).toMatchObject({
      reason: 'TargetNotFound',
      message: 'Service tools/b does not exist: create it, or name another one',
    });
    await until(
      async () =>
        (await kubectl.list('Event', 'v1', 'tools')).some(
          ({ reason }) => reason === 'TargetNotFound',
        ),
      { what: 'no event' },
    );
  });

  it('a Service and a Secret that come later are taken in, and leave with the server', async () => {
    const served = async () => {
      const one = await kubectl.get('Secret', 'v1', 'tools', 'main-kong-mcp');
      const text = Buffer.from(one?.data?.['mcp-aggregate'] ?? '', 'base64').toString();
      return (JSON.parse(text || '{}').servers ?? []) as Record<string, unknown>[];
    };
    await kubectl.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'b', namespace: 'tools' },
      spec: { ports: [{ port: 80 }] },
    });
    await until(async () => (await served()).length === 2, { what: 'b is not served' });
    await kubectl.apply(
      server('c', { url: 'http://c.example/mcp', credentialRef: { name: 'key' } }),
    );
    await until(
      async () => (await condition('MCPServer', 'c', 'ResolvedRefs'))?.reason === 'SecretNotFound',
      { what: 'no condition' },
    );
    await kubectl.apply(credential('key', { token: 'sesame' }));
    await until(async () => (await served()).some(({ name }) => name === 'c'), {
      what: 'c is not served',
    });
    const plugin = await until(
      async () => {
        const found = await pluginOf();
        return found?.configFrom === undefined ? undefined : found;
      },
      { what: 'no configFrom' },
    );
    expect(plugin.configFrom).toEqual({
      secretKeyRef: { name: 'main-kong-mcp', key: 'mcp-aggregate' },
    });
    expect(plugin.config).toBeUndefined();
    expect(JSON.stringify(plugin)).not.toContain('sesame');
    await kubectl.delete('MCPServer', group, 'tools', 'c');
    await until(async () => (await kubectl.get('MCPServer', group, 'tools', 'c')) === undefined, {
      what: 'c does not vanish',
    });
    expect((await served()).map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

describe.runIf(!hasControlPlane)('without a control plane', () => {
  it.skip('nothing runs: KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver');
});
