import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KongWorker } from '../support/kong-socket/kong-worker.js';
import { pluginsDirectory } from '../support/kong-socket/plugins-directory.js';
import { ServerProcess, socketFolder } from '../support/kong-socket/server-process.js';
import { eventsApart, processOf, workersOf } from '../support/kong-socket/workers.js';
import { freePort } from '../support/ports.js';
import { projectFile } from '../support/project.js';
import { until } from '../support/readiness.js';
import { exchange } from '../support/rpc.js';

/** A plugin with figures of every kind, and a status that says where it was made. */
const source = `
import { metrics } from '${projectFile('dist/lib/metrics/registry.js')}';
const counted = metrics.counter('t_events_total', 'Events.');
const added = metrics.gauge('t_added', 'Added.', [], 'sum');
const largest = metrics.gauge('t_largest', 'Largest.', ['x']);
const times = metrics.histogram('t_seconds', 'Times.', [1, 2]);
let ready = true;
metrics.onScrape(() => {
  added.set(2);
  largest.set(process.pid, 'a');
});
export class Plugin {
  constructor(config) { this.config = config; }
  async access(kong) {
    counted.series.get([]).add();
    times.series.get([]).observe(1.5);
    if (this.config.mode === 'unready') ready = false;
    await kong.service.request.setHeader('x-process', String(process.pid));
    if (this.config.mode === 'stand-still') {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000);
    }
  }
}
export const missing = () => (ready ? [] : ['something is not there']);
export const status = () => ({ by: [process.pid] });
export const mergeStatus = (all) => ({ by: all.flatMap(({ by }) => by) });
export const Name = 'told';
export const Version = '1.0.0';
export const Priority = 1000;
export const Schema = [{ mode: { type: 'string' } }];
`;

const folder = socketFolder();
const plugins = pluginsDirectory(['member'], { told: source });
const path = `${folder.path}/own.sock`;
const kong = new KongWorker(path);
let server: ServerProcess;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const flags = ['--workers', '2', '--operations', String(port)];
  server = await ServerProcess.listening(path, plugins.path, ...flags);
});
afterAll(async () => {
  kong.close();
  await server?.stop();
  plugins.remove();
  folder.remove();
});

const pids = (): Promise<number[]> => workersOf(server.child.pid ?? 0, 2);
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
const get = (page: string) => exchange(`${url}${page}`, 'GET', {});
/** A page is made anew once a second. */
async function figure(name: string, value: (text: string) => boolean): Promise<string> {
  const line = async () =>
    (await get('/metrics')).text.split('\n').filter((each) => each.startsWith(name));
  return until(async () => (await line()).find((each) => value(each.slice(name.length + 1))), {
    what: `${name} is not as it should be`,
  });
}
interface Status {
  readonly ready: boolean;
  readonly primary: { readonly pid: number };
  readonly workers: readonly Readonly<Record<string, unknown>>[];
  readonly refused_configurations: readonly Readonly<Record<string, unknown>>[];
  readonly plugins: Readonly<Record<string, { readonly by: readonly number[] }>>;
}
const status = (fits: (status: Status) => boolean): Promise<Status> =>
  until(
    async () => {
      const page = JSON.parse((await get('/status')).text) as Status;
      return fits(page) && page;
    },
    { what: 'the status is not as it should be' },
  );

describe('pages of several workers', () => {
  test('are ready with each worker, and say how many are', async () => {
    expect(await get('/ready')).toMatchObject({ status: 200 });
    const text = async () => JSON.parse((await get('/ready')).text) as object;
    expect(await text()).toEqual({ ready: true, workers: { ready: 2, of: 2 } });
    const id = await kong.start('told', { mode: 'unready' });
    await kong.event(id);
    expect(await text()).toEqual({ ready: true, workers: { ready: 1, of: 2 } });
    await eventsApart(path, id, 2);
    expect(await text()).toEqual({
      ready: false,
      missing: ['something is not there'],
      workers: { ready: 0, of: 2 },
    });
    expect(await get('/ready')).toMatchObject({ status: 503 });
  });

  test('show each worker, and the plugins of all as one', async () => {
    const page = await status(({ workers }) => workers.length === 2);
    expect(page.primary.pid).toBe(server.child.pid);
    expect(page.plugins['told']?.by.length).toBe(2);
    expect(sorted(page.plugins['told']!.by)).toEqual(sorted(await pids()));
    expect(page.workers.map(({ slot }) => slot)).toEqual([0, 1]);
    expect(sorted(page.workers.map(({ pid }) => Number(pid)))).toEqual(sorted(await pids()));
    for (const worker of page.workers) {
      expect(worker).toMatchObject({ live: true, answers: true, restarts: 0 });
      expect(worker['resident_bytes']).toBeGreaterThan(20_000_000);
    }
  });

  test('tell of a refused configuration once, with the requests of all', async () => {
    const entry = { mode: 'refuse', __plugin_id: 'p', route_id: 'r' };
    const id = await kong.start('member', entry);
    for (let n = 0; n < 4; n += 1) await new KongWorker(path).event(id);
    const page = await status(({ refused_configurations: [first] }) => first?.['requests'] === 4);
    expect(page.refused_configurations).toHaveLength(1);
    expect(page.refused_configurations[0]).toMatchObject({ plugin: 'member', endpoint: 'r' });
  });

  test('add up, take the largest, or tell workers apart', async () => {
    const all = await pids();
    const id = await kong.start('told', { mode: 'pass' });
    const before = Number((await figure('t_events_total', () => true)).split(' ')[1]);
    expect(new Set(await eventsApart(path, id, 6)).size).toBe(2);
    await figure('t_events_total', (value) => Number(value) === before + 6);
    await figure('t_seconds_count', (value) => Number(value) === before + 6);
    await figure('t_seconds_bucket{le="2"}', (value) => Number(value) === before + 6);
    await figure('t_added', (value) => value === '4');
    await figure('t_largest{x="a"}', (value) => Number(value) === Math.max(...all));
    await figure('kong_mcp_workers', (value) => value === '2');
    for (const worker of ['0', '1', 'primary']) {
      await figure(`process_resident_memory_bytes{worker="${worker}"}`, (v) => Number(v) > 1e7);
    }
  });

  test('keep what a dead worker counted', async () => {
    const id = await kong.start('told', { mode: 'pass' });
    const before = Number((await figure('t_events_total', () => true)).split(' ')[1]) + 4;
    await eventsApart(path, id, 4);
    await figure('t_events_total', (value) => Number(value) === before);
    const [victim = 0] = await pids();
    process.kill(victim, 'SIGKILL');
    await workersOf(server.child.pid ?? 0, 2, [victim]);
    await status(({ workers }) => workers.every(({ live }) => live === true));
    await eventsApart(path, id, 2);
    await figure('t_events_total', (value) => Number(value) === before + 2);
    await figure('kong_mcp_worker_restarts_total', (value) => value === '1');
    const page = await status(({ workers }) => workers.some(({ restarts }) => restarts === 1));
    expect(page.workers.filter(({ restarts }) => restarts === 1)).toHaveLength(1);
  });

  test('do not wait for a worker that stands still', async () => {
    const id = await kong.start('told', { mode: 'stand-still' });
    const holding = new KongWorker(path);
    let over = false;
    const held = holding.event(id).then((outcome) => {
      over = true;
      return processOf(outcome);
    });
    const page = await status(({ workers }) => workers.some(({ answers }) => answers === false));
    const asked = performance.now();
    await figure('t_added', (value) => value === '4');
    expect(performance.now() - asked).toBeLessThan(2_500);
    expect(over).toBe(false);
    const stuck = page.workers.find(({ answers }) => answers === false);
    expect(stuck).toMatchObject({ live: true, resident_bytes: null });
    expect(await held).toBe(stuck?.['pid']);
    holding.close();
  });
});
