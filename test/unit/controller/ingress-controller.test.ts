import { describe, expect, it } from 'vitest';
import { PaperCluster, byResources } from '../../support/kubernetes/paper-cluster.js';
import {
  gateway,
  httpRoute,
  secret,
  server,
  snapshot,
} from '../../support/kubernetes/resources.js';

describe('with an ingress controller', () => {
  const routed = (spec = {}) =>
    gateway({}, { routeRefs: [{ kind: 'HTTPRoute', name: 'mcp' }], ...spec });
  const route = (annotations?: Readonly<Record<string, string>>) =>
    httpRoute('mcp', [], annotations ? { annotations } : {});
  const annotation = (cluster: PaperCluster) =>
    cluster.snapshot.httpRoutes[0]?.metadata.annotations?.['konghq.com/plugins'];

  it('plugins are written first, then put on the route beside those of others', () => {
    const oauth = {
      resource: 'https://x.example/mcp',
      authorization_servers: ['https://as.example'],
    };
    const cluster = new PaperCluster(
      snapshot({
        gateways: [routed({ oauth })],
        servers: [server({ name: 'a' })],
        httpRoutes: [route({ 'konghq.com/plugins': 'cors, rate' })],
      }),
      byResources,
    );
    cluster.settle();
    expect(annotation(cluster)).toBe('cors,rate,main-mcp-oauth,main-mcp-aggregate');
    const order = cluster.written.map((key) => key.split(' ').slice(0, 2).join(' '));
    expect(order.indexOf('annotate HTTPRoute')).toBeGreaterThan(
      order.lastIndexOf('apply KongPlugin'),
    );
    expect(cluster.snapshot.plugins.map((one) => one['plugin']).sort()).toEqual([
      'mcp-aggregate',
      'mcp-oauth',
    ]);
  });

  it('a configuration with secrets is in a Secret', () => {
    const cluster = new PaperCluster(
      snapshot({
        gateways: [routed()],
        servers: [server({ name: 'a' }, { credentialRef: { name: 'key' } })],
        secrets: [secret('key', { token: 'sesame' })],
        httpRoutes: [route()],
      }),
      byResources,
    );
    cluster.settle();
    const [plugin] = cluster.snapshot.plugins;
    expect(plugin).toMatchObject({
      configFrom: { secretKeyRef: { name: 'main-kong-mcp', key: 'mcp-aggregate' } },
    });
    expect(JSON.stringify(cluster.snapshot.plugins)).not.toContain('sesame');
    const [state] = cluster.snapshot.states;
    expect(Buffer.from(state?.data?.['mcp-aggregate'] ?? '', 'base64').toString()).toContain(
      'sesame',
    );
  });

  it('a deleted gateway leaves the route, then its plugins, then itself', () => {
    const cluster = new PaperCluster(
      snapshot({
        gateways: [routed()],
        servers: [server({ name: 'a' })],
        httpRoutes: [route({ 'konghq.com/plugins': 'cors' })],
      }),
      byResources,
    );
    cluster.settle();
    const [held] = cluster.snapshot.gateways;
    const metadata = { ...held!.metadata, deletionTimestamp: '2026-02-01T00:00:00Z' };
    cluster.change({ gateways: [{ ...held!, metadata }] });
    cluster.written.length = 0;
    cluster.settle();
    expect(annotation(cluster)).toBe('cors');
    expect(cluster.snapshot.plugins).toEqual([]);
    expect(cluster.snapshot.states).toEqual([]);
    expect(cluster.snapshot.gateways).toEqual([]);
    expect(cluster.written.filter((key) => !key.startsWith('status'))).toEqual([
      'annotate HTTPRoute tools/mcp',
      'delete KongPlugin tools/main-mcp-aggregate',
      'delete Secret tools/main-kong-mcp',
      'hold MCPGateway tools/main',
    ]);
  });

  it('takes out what somebody else has put into a configuration', () => {
    const cluster = new PaperCluster(
      snapshot({
        gateways: [routed({ aggregate: {} })],
        servers: [server({ name: 'a' })],
        httpRoutes: [route()],
      }),
      byResources,
    );
    cluster.settle();
    const [plugin] = cluster.snapshot.plugins;
    const config = { ...(plugin!['config'] as object), anonymous: true };
    cluster.change({ plugins: [{ ...plugin!, config }] });
    const [action] = cluster.plan().actions.filter(({ type }) => type === 'apply');
    expect(action).toMatchObject({ strip: { config: { anonymous: null } } });
  });
});
