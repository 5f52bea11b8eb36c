import { describe, expect, it } from 'vitest';
import {
  gateway,
  httpRoute,
  secret,
  server,
  service,
  snapshot,
  conditionOf,
} from '../../support/kubernetes/resources.js';
import { PaperCluster } from '../../support/kubernetes/paper-cluster.js';

const names = (cluster: PaperCluster) => cluster.served().map(({ name }) => name);
const condition = (cluster: PaperCluster, key: string, type: string) =>
  conditionOf(cluster.server(key)?.status, type);

describe('what Kong is to serve', () => {
  it('is every selected server, older first, once it is held', () => {
    const servers = [server({ name: 'b', age: 1 }), server({ name: 'a', age: 2, held: false })];
    const cluster = new PaperCluster(snapshot({ servers }));
    expect(names(cluster)).toEqual(['b']);
    cluster.settle();
    expect(cluster.served()).toEqual([
      { name: 'b', url: 'http://b.example/mcp' },
      { name: 'a', url: 'http://a.example/mcp' },
    ]);
    expect(condition(cluster, 'tools/a', 'Programmed')).toMatchObject({ status: 'True' });
    expect(condition(cluster, 'tools/a', 'Ready')).toMatchObject({ reason: 'NotSeenYet' });
  });

  it('has fields of the spec as they are, and credentials out of Secrets', () => {
    const spec = {
      targetRef: { kind: 'Service' as const, name: 'tickets', port: 8443 },
      path: '/v1/mcp',
      prefix: 't_',
      tools: { deny: ['delete_*'] },
      timeout: 5000,
      credentialRef: { name: 'key', scheme: 'Bearer' },
      caCertSecretRef: { name: 'ca' },
      valuesFrom: [{ path: 'headers.X-Tenant', secretKeyRef: { name: 'key', key: 'tenant' } }],
    };
    const cluster = new PaperCluster(
      snapshot({
        servers: [server({ name: 'tickets' }, spec)],
        services: [service('tickets', [{ port: 8443, name: 'https' }, { port: 9090 }])],
        secrets: [
          secret('key', { token: 'sesame\n', tenant: 'blue' }),
          secret('ca', { 'ca.crt': 'PEM' }),
        ],
      }),
    );
    cluster.settle();
    expect(cluster.served()).toEqual([
      {
        name: 'tickets',
        url: 'https://tickets.tools.svc:8443/v1/mcp',
        prefix: 't_',
        tools: { deny: ['delete_*'] },
        timeout: 5000,
        headers: { Authorization: 'Bearer sesame', 'X-Tenant': 'blue' },
        ca_certificates: 'PEM',
      },
    ]);
    expect(JSON.stringify(cluster.server('tools/tickets')?.status)).not.toContain('sesame');
  });

  it('takes several HTTPRoutes with prefixes, each a server of its own', () => {
    const targetRefs = ['weather', 'calendar'].map((name) => ({
      group: 'gateway.networking.k8s.io',
      kind: 'HTTPRoute' as const,
      name: `${name}-route`,
      toolPrefix: `${name.slice(0, 3)}_`,
    }));
    const cluster = new PaperCluster(
      snapshot({
        servers: [server({ name: 'ai-tools' }, { targetRefs })],
        services: [service('weather'), service('calendar', [{ port: 8080 }])],
        httpRoutes: [
          httpRoute('weather-route', [{ name: 'weather', port: 80 }]),
          httpRoute('calendar-route', [{ name: 'calendar', port: 8080 }]),
        ],
      }),
    );
    cluster.settle();
    expect(cluster.served()).toEqual([
      { name: 'weather-route', prefix: 'wea_', url: 'http://weather.tools.svc:80/mcp' },
      { name: 'calendar-route', prefix: 'cal_', url: 'http://calendar.tools.svc:8080/mcp' },
    ]);
  });

  it('is nothing for a disabled or deleted server, which then may vanish', () => {
    const cluster = new PaperCluster(
      snapshot({ servers: [server({ name: 'a' }), server({ name: 'b' })] }),
    );
    cluster.settle();
    cluster.delete('tools/a');
    expect(names(cluster)).toEqual(['b']);
    expect(cluster.server('tools/a')).toBeDefined();
    // Neither Kong nor the controller's own notes may have it when it vanishes.
    const { digest, labels, entries } = cluster.plan().document!;
    const before = cluster.snapshot.address!;
    const leaves = () => cluster.plan().actions.some(({ key }) => key === 'hold MCPServer tools/a');
    expect(leaves()).toBe(false);
    cluster.change({ address: { digest, labels, entries } });
    expect(leaves()).toBe(false);
    cluster.change({ address: before });
    cluster.settle();
    expect(cluster.server('tools/a')).toBeUndefined();
    cluster.change({ servers: [server({ name: 'b' }, { enabled: false })] });
    cluster.settle();
    expect(names(cluster)).toEqual([]);
    expect(condition(cluster, 'tools/b', 'Ready')).toMatchObject({
      status: 'False',
      reason: 'Disabled',
    });
  });
});

describe('what happens to a server', () => {
  it('is an event where something is wrong or it becomes ready, and none before a gateway is held', () => {
    const cluster = new PaperCluster(
      snapshot({
        gateways: [gateway({ held: false })],
        servers: [server({ name: 'a' }, { credentialRef: { name: 'none' } })],
      }),
    );
    const events: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      for (const action of cluster.plan().actions) {
        if (action.type === 'status' && action.kind === 'MCPServer') {
          events.push(...action.events.map(({ type, reason }) => `${type} ${reason}`));
        }
        cluster.write(action);
      }
    }
    expect(events).toEqual([
      'Warning SecretNotFound',
      'Warning NotServed',
      'Warning SecretNotFound',
    ]);
  });
});

describe('what cannot work', () => {
  it.each([
    ['a missing Secret', { credentialRef: { name: 'none' } }, 'ResolvedRefs', 'SecretNotFound'],
    [
      'a missing key',
      { credentialRef: { name: 'key', key: 'none' } },
      'ResolvedRefs',
      'SecretKeyNotFound',
    ],
    [
      'a missing Service',
      { targetRef: { kind: 'Service', name: 'none' } },
      'ResolvedRefs',
      'TargetNotFound',
    ],
    [
      'a port that is none',
      { targetRef: { kind: 'Service', name: 'web', port: 1 } },
      'ResolvedRefs',
      'PortNotFound',
    ],
    [
      'two backends',
      { targetRef: { kind: 'HTTPRoute', name: 'two' } },
      'ResolvedRefs',
      'AmbiguousBackend',
    ],
    [
      'another namespace',
      { targetRef: { kind: 'Service', name: 'far', namespace: 'other' } },
      'ResolvedRefs',
      'RefNotPermitted',
    ],
    [
      'what Kong would refuse',
      { url: 'http://x/mcp', headers: { Host: 'a\nb' } },
      'Accepted',
      'Invalid',
    ],
  ] as const)(
    '%s is said, with what mends it, and the rest is served',
    (_what, spec, type, reason) => {
      const cluster = new PaperCluster(
        snapshot({
          servers: [server({ name: 'bad' }, spec), server({ name: 'good', age: 1 })],
          secrets: [secret('key', { token: 'x' })],
          services: [service('web'), service('api'), service('far', [{ port: 80 }], 'other')],
          httpRoutes: [
            httpRoute('two', [
              { name: 'web', port: 80 },
              { name: 'api', port: 80 },
            ]),
          ],
        }),
      );
      cluster.settle();
      expect(condition(cluster, 'tools/bad', type)).toMatchObject({ status: 'False', reason });
      expect(String(condition(cluster, 'tools/bad', type)?.['message']).length).toBeGreaterThan(20);
      expect(condition(cluster, 'tools/bad', 'Ready')).toMatchObject({ status: 'False', reason });
      expect(names(cluster)).toEqual(['good']);
    },
  );

  it('leaves what was good last, until what it was made of is taken away', () => {
    const good = { url: 'http://a/mcp', credentialRef: { name: 'key' } };
    const cluster = new PaperCluster(
      snapshot({
        servers: [server({ name: 'a' }, good)],
        secrets: [secret('key', { token: 'x' })],
      }),
    );
    cluster.settle();
    cluster.change({
      servers: [server({ name: 'a' }, { ...good, credentialRef: { name: 'none' } })],
    });
    cluster.settle();
    expect(cluster.served()).toMatchObject([{ name: 'a', headers: { Authorization: 'x' } }]);
    expect(condition(cluster, 'tools/a', 'Programmed')).toMatchObject({
      status: 'True',
      reason: 'LastGood',
    });
    cluster.change({ secrets: [] });
    cluster.settle();
    expect(names(cluster)).toEqual([]);
    cluster.change({ secrets: [secret('none', { token: 'y' })] });
    cluster.settle();
    expect(cluster.served()).toMatchObject([{ headers: { Authorization: 'y' } }]);
  });

  it('of a gateway leaves its last configuration', () => {
    const oauth = {
      resource: 'https://x.example/mcp',
      authorization_servers: ['https://as.example'],
    };
    const cluster = new PaperCluster(
      snapshot({ servers: [server({ name: 'a' })], gateways: [gateway({}, { oauth })] }),
    );
    cluster.settle();
    const before = cluster.plan().document?.digest;
    const held = cluster.snapshot.gateways[0]!;
    const broken = { ...oauth, resource: 'https://x.example/mcp/' };
    cluster.change({ gateways: [{ ...held, spec: { ...held.spec, oauth: broken } }] });
    cluster.settle();
    expect(cluster.plan().document?.digest).toBe(before);
    const [now] = cluster.snapshot.gateways;
    expect(conditionOf(now?.status, 'Accepted')).toMatchObject({
      reason: 'Invalid',
      message: expect.stringContaining('oauth.resource') as string,
    });
  });
});
