import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KongWorker } from '../support/kong-socket/kong-worker.js';
import { pluginsDirectory } from '../support/kong-socket/plugins-directory.js';
import { ServerProcess, socketFolder } from '../support/kong-socket/server-process.js';
import { eventsApart, processOf, workersOf } from '../support/kong-socket/workers.js';
import { childrenOf, isRunning } from '../support/processes.js';
import { until } from '../support/readiness.js';

const plugins = pluginsDirectory(['member']);
let folder: ReturnType<typeof socketFolder>;
let path: string;

beforeEach(() => {
  folder = socketFolder();
  path = `${folder.path}/own.sock`;
});
afterEach(() => folder.remove());
afterAll(() => plugins.remove());

const started = (...args: string[]) =>
  ServerProcess.listening(path, plugins.path, '--workers', '2', ...args);
const pidOf = ({ child }: ServerProcess): number => child.pid ?? 0;
const rssMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000;
const pssMb = (pid: number): number =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1000;
const gone = (pids: readonly number[]) =>
  until(() => !pids.some(isRunning), { what: `${pids.join()} are still there` });
/** What is left of a server whose socket is gone. */
const left = (): string[] => readdirSync(folder.path).filter((name) => name !== 'sealing.key');

describe('the end', () => {
  test('on SIGTERM lets events under way end, leaves no process and no file', async () => {
    const server = await started();
    const pids = await workersOf(pidOf(server), 2);
    const kong = new KongWorker(path);
    const id = await kong.start('member', { mode: 'wait' });
    const outcome = await kong.event(id, {}, 'access', async () => {
      server.child.kill('SIGTERM');
      await until(() => !left().includes('own.sock'), { what: 'the socket stays' });
    });
    expect(pids).toContain(processOf(outcome));
    expect(await server.exit).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(left()).toEqual([]);
    kong.close();
  });

  test('of the primary is the end of its workers, once what is under way has ended', async () => {
    const server = await started();
    const pids = await workersOf(pidOf(server), 2);
    const kong = new KongWorker(path);
    const id = await kong.start('member', { mode: 'wait' });
    const outcome = await kong.event(id, {}, 'access', async () => {
      server.child.kill('SIGKILL');
      await until(() => pids.filter(isRunning).length === 1, { what: 'the idle one stays' });
    });
    expect(outcome.end).toBe('returned');
    await gone(pids);
    expect(left().filter((name) => name !== 'own.sock')).toEqual([]);
    kong.close();
  });

  test('by a second signal comes at once', async () => {
    const server = await started();
    const pids = await workersOf(pidOf(server), 2);
    const kong = new KongWorker(path);
    const id = await kong.start('member', { mode: 'wait' });
    const event = kong.event(id, {}, 'access', async () => {
      server.child.kill('SIGTERM');
      await until(() => !left().includes('own.sock'), { what: 'the socket stays' });
      server.child.kill('SIGTERM');
      expect(await server.exit).toBe(1);
      await gone(pids);
    });
    await expect(event).rejects.toThrow();
    kong.close();
  });

  test('comes with an error when the socket has been removed', async () => {
    const server = await started();
    const pids = await workersOf(pidOf(server), 2);
    unlinkSync(path);
    expect(await server.exit).toBe(1);
    expect(server.stderr).toContain('socket_lost');
    await gone(pids);
  });
});

describe('a successor', () => {
  test.each(['2', '1'])(
    'of %s workers interrupts no event, and gets what comes',
    async (workers) => {
      const first = await started();
      const old = await workersOf(pidOf(first), 2);
      const kong = new KongWorker(path);
      const waiting = await kong.start('member', { mode: 'wait' });
      const idle = new KongWorker(path);
      expect(old).toContain(processOf(await idle.request('member', { mode: 'pass' })));
      let second: ServerProcess | undefined;
      const outcome = await kong.event(waiting, {}, 'access', async () => {
        second = await ServerProcess.listening(path, plugins.path, '--workers', workers);
        await first.saw('socket_taken_over');
        // Kong's connections lead to the successor, which does not know what the first one knew.
        const asKong = () => idle.request('member', { mode: 'pass' });
        await until(async () => !old.includes(processOf(await asKong())), { what: 'Kong stays' });
        expect(idle.starts).toBeGreaterThan(0);
      });
      expect(old).toContain(processOf(outcome));
      expect(await first.stop()).toBe(0);
      await gone(old);
      const id = await idle.start('member', { mode: 'pass' });
      expect(await eventsApart(path, id, 2)).toHaveLength(2);
      await second?.stop();
      kong.close();
      idle.close();
    },
  );
});

describe('a start that fails', () => {
  test.each([
    ['auto2', 'auto or a number'],
    ['0', 'auto or a number'],
    ['129', 'auto or a number'],
    ['1.5', 'auto or a number'],
  ])('for --workers %s says so', async (workers, says) => {
    const server = new ServerProcess(['--socket', path, '--workers', workers]);
    expect(await server.exit).toBe(2);
    expect(server.stderr).toContain(says);
  });

  test('because plugins do not load says why, and leaves nothing', async () => {
    const broken = pluginsDirectory([], { broken: 'throw new Error("no such thing");' });
    const args = ['--socket', path, '--plugins-directory', broken.path, '--workers', '2'];
    const server = new ServerProcess(args);
    expect(await server.exit).toBe(1);
    // A worker that has said it ends the others, which may have come as far meanwhile.
    expect(server.stderr.match(/no such thing/g)?.length).toBeOneOf([1, 2]);
    expect(server.stderr).toContain('kong-mcp-pluginserver: plugin broken cannot be loaded');
    expect(server.stderr).not.toContain('unhandled_rejection');
    expect(left()).toEqual([]);
    broken.remove();
  });
});

describe('sizes', () => {
  test('a primary is small', async () => {
    const server = await started();
    expect(rssMb(pidOf(server))).toBeLessThan(75);
    await server.stop();
  });

  test('a further worker takes at most 60 MB', async () => {
    // Memory that processes share counts by halves and thirds.
    const own = async (workers: number): Promise<number> => {
      const args = ['--socket', path, '--workers', String(workers)];
      const server = new ServerProcess(args);
      await server.saw('"event":"listening"');
      const pids = await workersOf(pidOf(server), workers);
      const sum = pids.reduce((total, pid) => total + pssMb(pid), 0);
      await server.stop();
      return sum;
    };
    expect((await own(3)) - (await own(2))).toBeLessThan(60);
  });

  test('more workers than cores are warned about', async () => {
    const server = new ServerProcess(
      ['--socket', path, '--plugins-directory', plugins.path, '--workers', '100'],
      { NODE_OPTIONS: '' },
    );
    await server.saw('more_workers_than_cores');
    server.child.kill('SIGKILL');
    await server.exit;
    expect(childrenOf(pidOf(server)).filter(isRunning)).toEqual([]);
  });
});
