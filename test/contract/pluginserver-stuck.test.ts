import { expect, test } from 'vitest';
import { KongWorker } from '../support/kong-socket/kong-worker.js';
import { serverRig } from '../support/kong-socket/rig.js';
import { eventsApart, processOf, workersOf } from '../support/kong-socket/workers.js';
import { isRunning } from '../support/processes.js';
import { until } from '../support/readiness.js';

const rig = serverRig(['member'], '--workers', '3');
const { kong, path } = rig;

test('a worker that spins is replaced; one that is stopped, and one that serves, are not', async () => {
  const before = await workersOf(rig.server.child.pid ?? 0, 3);
  const [good, spin] = [
    await kong.start('member', { mode: 'pass' }),
    await kong.start('member', { mode: 'spin' }),
  ];
  const own = new KongWorker(path);
  const serving = processOf(await own.event(good));
  const caught = new KongWorker(path);
  // Its connection ends with the worker: Kong would try again elsewhere, or answer 500.
  const lost = caught.event(spin).then(
    () => 'answered',
    () => 'lost',
  );
  const stuckLine = () => /"event":"worker_stuck".*?"pid":(\d+)/.exec(rig.server.stderr)?.[1];
  const others = () => before.filter((pid) => pid !== serving);
  const stopped = { pid: 0 };
  try {
    // Which of the two others spins only shows in the end: the one that still answers is stopped.
    const free = await firstOf(good, others());
    stopped.pid = free;
    process.kill(free, 'SIGSTOP');
    const stuck = Number(
      await until(stuckLine, { what: 'nobody is stuck', timeoutMs: 100_000, everyMs: 200 }),
    );
    expect([serving, free]).not.toContain(stuck);
    expect(await lost).toBe('lost');
    expect(isRunning(free)).toBe(true);
    expect(processOf(await own.event(good))).toBe(serving);
  } finally {
    if (stopped.pid > 0) process.kill(stopped.pid, 'SIGCONT');
  }
  const after = await until(
    async () => {
      const seen = new Set(await eventsApart(path, good, 6));
      return seen.size === 3 && seen;
    },
    { what: 'three workers do not serve again' },
  );
  expect([...after].filter((pid) => before.includes(pid)).sort()).toEqual(
    [serving, stopped.pid].sort(),
  );
  expect(rig.server.stderr.match(/"event":"worker_ended"/g)).toHaveLength(1);
  own.close();
  caught.close();
}, 180_000);

/** The first of these processes to answer an event; the one that spins answers none. */
function firstOf(instance: number, among: readonly number[]): Promise<number> {
  const probes = Array.from({ length: 6 }, async () => {
    const probe = new KongWorker(path);
    const pid = processOf(await probe.event(instance));
    probe.close();
    if (!among.includes(pid)) throw new Error('another one');
    return pid;
  });
  return Promise.any(probes);
}
