import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway, GatewayOptions } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { until } from '../../support/readiness.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { howOften } from '../../support/thorough.js';
import { startTraffic } from '../../support/traffic.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';
import { rpc } from '../../support/rpc.js';

const paths = ['/both', '/open', '/one', '/two'] as const;
const protectedPaths = paths.filter((path) => path !== '/open');

/** Every order of the routes. */
function orders<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    orders(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

/** So many of them, from all over. */
function spread<T>(items: readonly T[], count: number): T[] {
  return items.filter((_, index) => index % Math.floor(items.length / count) === 0).slice(0, count);
}

describe.each<[string, Pick<GatewayOptions, 'pluginServer' | 'workers'>, number]>([
  [
    'kept up by the operator, four workers',
    { pluginServer: 'external', workers: 4 },
    howOften(6, 24),
  ],
  ['kept up by the gateway, one worker', { pluginServer: 'managed', workers: 1 }, howOften(3, 6)],
])('the plugin server, %s', (_how, options, kills) => {
  let issuer: Issuer;
  let upstream: RecordingUpstream;
  let everything: RunningServer;
  let gateway: Gateway;

  beforeAll(async () => {
    const port = await freePort();
    const resource = (path: string): string => `http://127.0.0.1:${port}${path}`;
    [issuer, upstream, everything] = await Promise.all([
      startIssuer(paths.map(resource)),
      startRecordingUpstream(),
      startServerEverything(),
    ]);
    const servers = [{ name: 'everything', url: everything.url }];
    const oauth = (path: string): Record<string, unknown> => ({
      resource: resource(path),
      authorization_servers: [issuer.url],
      claim_to_header: [{ claim: 'sub', header: 'X-User' }],
    });
    gateway = await startGateway({
      ...options,
      port,
      declarative: {
        services: [
          endpoint({ name: 'both', path: '/both', oauth: oauth('/both'), aggregate: { servers } }),
          endpoint({ name: 'open', path: '/open', aggregate: { servers, anonymous: true } }),
          endpoint({ name: 'one', path: '/one', oauth: oauth('/one'), url: upstream.url }),
          endpoint({ name: 'two', path: '/two', oauth: oauth('/two'), url: upstream.url }),
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), upstream?.close(), everything?.close()]);
  });

  const stranger = (path: string): Promise<number> =>
    rpc(gateway.at(path), 'tools/list', { headers: { 'x-user': 'stranger' } }).then(
      ({ status }) => status,
      // Kong drops connections of a request it could not finish.
      () => 599,
    );

  it(`killed ${kills} times under traffic, lets nobody in and comes back`, async () => {
    const tokens = new Map<string, string>();
    for (const path of protectedPaths) tokens.set(path, await issuer.token(gateway.at(path), path));
    const friend = (path: string): Promise<number> =>
      rpc(gateway.at(path), 'tools/list', { token: tokens.get(path) ?? '' }).then(
        ({ status }) => status,
        () => 599,
      );
    const strangers: number[] = [];
    const asStranger = async (path: string): Promise<void> => {
      const status = await stranger(path);
      if (path !== '/open') strangers.push(status);
    };
    const slowest: number[] = [];
    for (const order of spread(orders([...paths]), kills)) {
      const traffic = startTraffic(6, async (n) => {
        const path = paths[n % paths.length] ?? '/both';
        await (n % 2 === 0 ? asStranger(path) : friend(path));
      });
      await until(() => traffic.done >= 20, { what: 'no traffic' });
      await gateway.pluginServer.kill('SIGKILL');
      await until(() => traffic.done >= 40, { what: 'no traffic while the process is gone' });
      await traffic.stop();
      const back = performance.now();
      await gateway.pluginServer.respawn();
      for (const path of order) {
        for (let again = 0; again < 6; again += 1) await asStranger(path);
      }
      for (const path of paths) {
        await until(async () => (await friend(path)) === 200, {
          what: `${path} does not come back`,
        });
      }
      slowest.push(performance.now() - back);
    }
    expect(strangers.length).toBeGreaterThan(kills * 18);
    expect(strangers.filter((status) => status !== 401 && status < 500)).toEqual([]);
    expect(upstream.requests.length).toBeGreaterThan(kills);
    const users = new Set(upstream.requests.map(({ headers }) => headers['x-user']));
    expect([...users].sort()).toEqual(['/one', '/two']);
    expect(Math.max(...slowest)).toBeLessThan(15_000);
  }, 240_000);
});
