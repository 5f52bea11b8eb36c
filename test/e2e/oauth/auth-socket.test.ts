import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Gateway } from '../../support/gateway/gateway.js';
import { freePort } from '../../support/ports.js';
import { TestProcess } from '../../support/process.js';
import { projectFile } from '../../support/project.js';
import { until } from '../../support/readiness.js';
import { startRecordingUpstream } from '../../support/recording-upstream.js';
import type { RecordingUpstream } from '../../support/recording-upstream.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { endpoint } from '../../support/rig/services.js';
import { callTool, openSession, rpc } from '../../support/rpc.js';
import { startTraffic } from '../../support/traffic.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';
import type { RunningServer } from '../../support/upstreams/server-everything.js';

interface ShownWorker {
  readonly slot: number;
  readonly pid: number;
  readonly live: boolean;
  readonly serves?: string;
}

const main = projectFile('dist/kong/cli/main.js');
/** Kong drops connections of a request that it could not finish. */
const dropped = 599;

describe.each([1, 2])('a worker for authentication beside %i', (workers) => {
  let issuer: Issuer;
  let upstream: RecordingUpstream;
  let everything: RunningServer;
  let gateway: Gateway;
  let operations: string;
  let both: string;
  let one: string;
  let token: string;

  beforeAll(async () => {
    const [port, own] = [await freePort(), await freePort()];
    operations = `http://127.0.0.1:${own}`;
    [both, one] = [`http://127.0.0.1:${port}/both`, `http://127.0.0.1:${port}/one`];
    [issuer, upstream, everything] = await Promise.all([
      startIssuer([both]),
      startRecordingUpstream(),
      startServerEverything(),
    ]);
    const oauth = { resource: both, authorization_servers: [issuer.url] };
    const servers = [{ name: 'everything', url: everything.url }];
    gateway = await startGateway({
      port,
      pluginWorkers: workers,
      authSocket: true,
      env: { KONG_MCP_OPERATIONS: `127.0.0.1:${own}` },
      declarative: {
        services: [
          endpoint({ name: 'both', path: '/both', oauth, aggregate: { servers } }),
          endpoint({ name: 'one', path: '/one', oauth, url: upstream.url }),
        ],
      },
    });
    token = await issuer.token(both);
    for (const path of [both, one]) {
      await until(async () => (await friend(path)) === 200, { what: `${path} is not there` });
    }
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([issuer?.close(), upstream?.close(), everything?.close()]);
  });

  const friend = (url: string): Promise<number> =>
    rpc(url, 'tools/list', { token }).then(
      ({ status }) => status,
      () => dropped,
    );
  const stranger = (url: string): Promise<number> =>
    rpc(url, 'tools/list').then(
      ({ status }) => status,
      () => dropped,
    );
  const shown = async (): Promise<readonly ShownWorker[]> => {
    const answer = await fetch(`${operations}/status`);
    return ((await answer.json()) as { readonly workers: readonly ShownWorker[] }).workers;
  };

  it('hands over who calls, in sessions too', async () => {
    const session = await openSession(both, { token });
    const calls = Array.from({ length: 6 }, (_, n) =>
      callTool(both, 'everything__echo', { message: `${n}` }, { token, session }),
    );
    const texts = (await Promise.all(calls)).map((answer) => JSON.stringify(answer));
    texts.forEach((text, n) => expect(text).toContain(`Echo: ${n}`));
  });

  it('authenticates while nothing that passes mcp-aggregate gets a turn', async () => {
    const all = await shown();
    expect(all.map(({ serves }) => serves)).toEqual([
      ...Array.from({ length: workers }, () => undefined),
      'authentication',
    ]);
    const others = all.filter(({ serves }) => serves === undefined);
    for (const { pid } of others) process.kill(pid, 'SIGSTOP');
    try {
      expect(await friend(one)).toBe(200);
      expect(await stranger(one)).toBe(401);
      expect(await stranger(both)).toBe(401);
    } finally {
      for (const { pid } of others) process.kill(pid, 'SIGCONT');
    }
    expect(await friend(both)).toBe(200);
  });

  it('lets nobody in and is replaced when it is killed under traffic', async () => {
    const strangers: number[] = [];
    const traffic = startTraffic(4, async (n) => {
      strangers.push(await stranger(n % 2 === 0 ? both : one));
    });
    const apart = async () => (await shown()).find(({ serves }) => serves !== undefined);
    for (let kill = 0; kill < 2; kill += 1) {
      const before = (await apart())?.pid ?? 0;
      process.kill(before, 'SIGKILL');
      await until(
        async () => {
          const now = await apart();
          return now?.live === true && now.pid !== before;
        },
        { what: 'the worker is not replaced' },
      );
      await until(async () => (await friend(both)) === 200, { what: 'nobody gets in' });
    }
    await until(() => strangers.length > 20, { what: 'no traffic' });
    await traffic.stop();
    expect(strangers.filter((status) => status === 401).length).toBeGreaterThan(0);
    expect(strangers.filter((status) => ![401, 500, 502, dropped].includes(status))).toEqual([]);
  });

  it('is what kong-mcp doctor takes it for, and no other set-up', async () => {
    const conf = join(gateway.prefix, 'kong.conf');
    const doctor = async (file: string) => {
      const command = new TestProcess(process.execPath, [main, 'doctor', '--conf', file]);
      return { code: await command.exited, text: command.stdout };
    };
    expect(await doctor(conf)).toMatchObject({ code: 0 });
    const swapped = join(gateway.prefix, 'swapped.conf');
    const names: Readonly<Record<string, string>> = { auth: 'plugins', plugins: 'auth' };
    const text = readFileSync(conf, 'utf8').replace(
      /(_socket = \S*\/)(auth|plugins)(\.socket)/g,
      (_, before: string, name: string, after: string) => `${before}${names[name]}${after}`,
    );
    writeFileSync(swapped, text);
    const found = await doctor(swapped);
    expect(found.code).toBe(1);
    expect(found.text).toContain('the sockets are the wrong way round');
  });
});
