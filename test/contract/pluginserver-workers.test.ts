import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { KongWorker } from '../support/kong-socket/kong-worker.js';
import { serverRig } from '../support/kong-socket/rig.js';
import { eventsApart, processOf, workersOf } from '../support/kong-socket/workers.js';
import { until } from '../support/readiness.js';

const rig = serverRig(['member'], '--workers', '3');
const { kong, path } = rig;
const primary = (): number => rig.server.child.pid ?? 0;
const pids = (): Promise<number[]> => workersOf(primary(), 3);
/** Connections at the socket, which the kernel knows by the name that it was made under. */
const connections = (): number =>
  readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .filter((line) => / 03 +\d+ /.test(line) && line.includes(`${rig.folder}/.`)).length;
const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

describe('connections', () => {
  test('are handed to all workers in turn', async () => {
    const id = await kong.start('member', { mode: 'pass' });
    const seen = await eventsApart(path, id, 6);
    expect(sorted(new Set(seen))).toEqual(sorted(await pids()));
    expect(seen.slice(0, 3)).toEqual(seen.slice(3));
  });

  test('stay with their worker', async () => {
    const id = await kong.start('member', { mode: 'pass' });
    const own = new KongWorker(path);
    const seen = new Set<number>();
    for (let n = 0; n < 10; n += 1) seen.add(processOf(await own.event(id)));
    expect(seen.size).toBe(1);
    own.close();
  });

  test('pass by a worker that stands still', async () => {
    const [good, stuck] = [
      await kong.start('member', { mode: 'pass' }),
      await kong.start('member', { mode: 'stand-still' }),
    ];
    const holding = new KongWorker(path);
    let over = false;
    const held = holding.event(stuck).then((outcome) => {
      over = true;
      return processOf(outcome);
    });
    // What the stuck worker was given before it stood still is late; nothing that comes later is.
    const others = new Set<number>();
    for (let n = 0; n < 8; n += 1) {
      const one = new KongWorker(path);
      void one.event(good).then(
        (outcome) => !over && others.add(processOf(outcome)),
        () => undefined,
      );
      await until(() => others.size > 0 || n < 2, { what: 'nobody serves' });
    }
    await until(() => others.size === 2, { what: 'the others do not serve' });
    expect(over).toBe(false);
    expect(others.has(await held)).toBe(false);
    holding.close();
  });
});

describe('instances', () => {
  test('are known to all workers when Kong is answered, under ids that cannot be foreseen', async () => {
    const ids: number[] = [];
    for (let n = 0; n < 12; n += 1) ids.push(await kong.start('member', { mode: 'pass', n }));
    for (const id of ids) expect(new Set(await eventsApart(path, id, 3)).size).toBe(3);
    expect(new Set(ids).size).toBe(12);
    expect(ids.some((id, at) => Math.abs(id - (ids[at - 1] ?? 0)) < 1000)).toBe(false);
  });

  test('that take their time to start are waited for', async () => {
    const id = await kong.start('member', { mode: 'start-slowly' });
    expect(new Set(await eventsApart(path, id, 3)).size).toBe(3);
  });

  test('that one worker closes are closed at all', async () => {
    const id = await kong.start('member', { mode: 'pass' });
    await kong.command({ type: 'closeInstance', instanceId: id });
    for (const pid of await pids()) await rig.server.saw(`closed pass in ${pid}`);
    for (let n = 0; n < 3; n += 1) {
      await expect(new KongWorker(path).event(id)).rejects.toThrow('closed');
    }
  });

  test('of a refused configuration refuse at every worker', async () => {
    const id = await kong.start('member', { mode: 'refuse' });
    for (let n = 0; n < 3; n += 1) {
      const outcome = await new KongWorker(path).event(id);
      expect(outcome).toMatchObject({ end: 'exited', status: 503 });
    }
  });

  test('that cannot be started close the connection', async () => {
    await expect(kong.start('nobody', {})).rejects.toThrow('closed');
    const config = Buffer.from('{"client_secret": "hunter2"');
    const start = kong.command({ type: 'startInstance', name: 'member', config });
    await expect(start).rejects.toThrow('closed');
    expect(rig.server.stderr).not.toContain('hunter2');
  });

  test.each([0, 1, -1, 2_147_483_647])('that nobody gave are unknown: %d', async (id) => {
    await expect(kong.event(id)).rejects.toThrow('closed');
  });
});

describe('a worker that dies', () => {
  test('is replaced, the others serve on, and what Kong knows stays good', async () => {
    const id = await kong.start('member', { mode: 'pass' });
    const waiting = await kong.start('member', { mode: 'wait' });
    const held = new KongWorker(path);
    const own = processOf(await held.event(id));
    const victim = (await pids()).find((pid) => pid !== own) ?? 0;
    const outcome = await held.event(waiting, {}, 'access', async () => {
      process.kill(victim, 'SIGKILL');
      await workersOf(primary(), 3, [victim]);
    });
    expect(processOf(outcome)).toBe(own);
    await until(async () => new Set(await eventsApart(path, id, 3)).size === 3, {
      what: 'the new one does not serve',
    });
    expect(rig.server.stderr).toMatch(/"event":"worker_ended".*"signal":"SIGKILL"/);
    held.close();
  });

  test('of a failure that nobody foresaw is the only one', async () => {
    const id = await kong.start('member', { mode: 'throw-later' });
    const before = await pids();
    await expect(kong.event(id)).rejects.toThrow();
    await until(async () => (await pids()).some((pid) => !before.includes(pid)), {
      what: 'it was not replaced',
    });
    expect((await pids()).filter((pid) => before.includes(pid))).toHaveLength(2);
  });

  test('with connections on their way to it leaves none of them waiting', async () => {
    const id = await kong.start('member', { mode: 'pass' });
    const before = await pids();
    for (const pid of before) process.kill(pid, 'SIGSTOP');
    const open = connections();
    const ends = Array.from({ length: 12 }, () =>
      new KongWorker(path).event(id).then(processOf, (error: Error) => error.message),
    );
    await until(() => connections() >= open + 12, { what: 'they do not connect' });
    for (const pid of before) process.kill(pid, 'SIGKILL');
    const met = await Promise.all(ends);
    // One for each was on its way, and nobody knows how far it got; the others wait for successors.
    const closed = met.filter((one) => one === 'closed' || one === 'ECONNRESET');
    const served = met.filter((one) => typeof one === 'number' && !before.includes(one));
    expect(closed.length).toBeLessThanOrEqual(3);
    expect(closed.length + served.length).toBe(12);
  }, 20_000);
});
