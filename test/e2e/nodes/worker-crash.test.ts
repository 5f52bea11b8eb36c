import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { isRunning } from '../../support/processes.js';
import { until } from '../../support/readiness.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { openSession, rpc } from '../../support/rpc.js';
import { openStream } from '../../support/stream-reader.js';
import { howOften } from '../../support/thorough.js';
import { startTraffic } from '../../support/traffic.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';

const workers = 3;
const paths = ['/both', '/open', '/one'] as const;
const kills = howOften(7, 24);
/** Kong drops connections of a request that it could not finish. */
const dropped = 599;

describe('a plugin server of three workers', () => {
  let issuer: Issuer;
  let upstream: RecordingUpstream;
  let everything: RunningServer;
  let gateway: Gateway;
  const tokens = new Map<string, string>();

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
      port,
      workers: 4,
      pluginWorkers: workers,
      authSocket: false,
      declarative: {
        services: [
          endpoint({ name: 'both', path: '/both', oauth: oauth('/both'), aggregate: { servers } }),
          endpoint({ name: 'open', path: '/open', aggregate: { servers, anonymous: true } }),
          endpoint({ name: 'one', path: '/one', oauth: oauth('/one'), url: upstream.url }),
        ],
      },
    });
    for (const path of paths) tokens.set(path, await issuer.token(gateway.at(path), path));
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), upstream?.close(), everything?.close()]);
  });

  const friend = (path: string): Promise<number> =>
    rpc(gateway.at(path), 'tools/list', { token: tokens.get(path) ?? '' }).then(
      ({ status }) => status,
      () => dropped,
    );
  const stranger = (path: string): Promise<number> =>
    rpc(gateway.at(path), 'tools/list', { headers: { 'x-user': 'stranger' } }).then(
      ({ status }) => status,
      () => dropped,
    );
  const served = async (): Promise<void> => {
    for (const path of paths) {
      await until(async () => (await friend(path)) === 200, { what: `${path} is not back` });
    }
  };
  const complete = (without: number): Promise<true> =>
    until(
      () => {
        const pids = gateway.pluginServer.workerPids;
        return pids.length === workers && !pids.includes(without);
      },
      { what: 'the worker is not replaced' },
    );

  it('ends the streams of the worker that dies, and no others', async () => {
    await served();
    const url = gateway.at('/both');
    const token = tokens.get('/both') ?? '';
    const count = 24;
    // All at once, so that Kong needs many connections and every worker gets some.
    const sessions = await Promise.all(
      Array.from({ length: count }, () => openSession(url, { token })),
    );
    let ended = 0;
    const streams = await Promise.all(
      sessions.map((session) => openStream(url, { method: 'GET', token, session })),
    );
    const ends = streams.map(async (stream) => {
      await stream.rest().catch(() => undefined);
      ended += 1;
    });
    const calls = await Promise.all(
      sessions.slice(0, 12).map((session, id) => {
        const name = 'everything__trigger-long-running-operation';
        const params = { name, arguments: { duration: 3, steps: 3 }, _meta: { progressToken: id } };
        const message = { jsonrpc: '2.0', id, method: 'tools/call', params };
        return openStream(url, { token, session, message });
      }),
    );
    await Promise.all(calls.map((call) => call.until(/"progress":1/)));
    const [first = 0, ...others] = gateway.pluginServer.workerPids;
    process.kill(first, 'SIGKILL');
    const answers = await Promise.all(calls.map((call) => call.rest().catch(() => 'cut off')));
    const finished = answers.filter((answer) => answer.includes('completed'));
    expect(ended).toBeLessThan(count);
    expect(finished.length).toBeGreaterThan(0);
    expect(others.every(isRunning)).toBe(true);
    await complete(first);
    for (const pid of others) {
      const before = ended;
      process.kill(pid, 'SIGKILL');
      await complete(pid);
      await until(() => ended > before || ended === count, { what: 'no stream ended' });
    }
    await Promise.all(ends);
    await served();
  });

  it(`lets nobody in and comes back, killed ${kills} times under traffic`, async () => {
    const strangers: number[] = [];
    const asStranger = async (path: string): Promise<void> => {
      const status = await stranger(path);
      if (path !== '/open') strangers.push(status);
    };
    for (let kill = 0; kill < kills; kill += 1) {
      const traffic = startTraffic(6, async (n) => {
        const path = paths[n % paths.length] ?? '/both';
        await (n % 2 === 0 ? asStranger(path) : friend(path));
      });
      await until(() => traffic.done >= 20, { what: 'no traffic' });
      const ofPrimary = kill % 5 === 4;
      const pids = gateway.pluginServer.workerPids;
      const victim = pids[Math.floor(Math.random() * pids.length)] ?? 0;
      if (ofPrimary) await gateway.pluginServer.kill('SIGKILL');
      else process.kill(victim, 'SIGKILL');
      await until(() => traffic.done >= 60, { what: 'no traffic while the process is gone' });
      if (ofPrimary) await gateway.pluginServer.respawn();
      else await complete(victim);
      await served();
      await traffic.stop();
      for (const path of paths) for (let n = 0; n < 6; n += 1) await asStranger(path);
      expect(gateway.pluginServer.workerPids).toHaveLength(workers);
    }
    expect(strangers.length).toBeGreaterThan(kills * 18);
    expect(strangers.filter((status) => status !== 401 && status < 500)).toEqual([]);
    const users = new Set(upstream.requests.map(({ headers }) => headers['x-user']));
    expect([...users]).toEqual(['/one']);
  }, 240_000);
});
