import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mainThreadCpuMs } from '../../../../kong/pluginserver/workers/main-thread-cpu.js';
import { watchStuck } from '../../../../kong/pluginserver/workers/stuck-watch.js';

const lookMs = 1_000;
const stuckMs = 10_000;

/** A worker whose time and answers a test gives. */
function watched() {
  let answer: (() => void) | undefined;
  const worker = {
    slot: 0,
    live: true,
    pid: 7 as number | undefined,
    replaced: 0,
    asks: 0,
    cpu: 0 as number | undefined,
    answers: true,
    channel: {
      ask: () => {
        worker.asks += 1;
        if (worker.answers) return Promise.resolve(undefined);
        return new Promise<undefined>((resolve) => (answer = () => resolve(undefined)));
      },
    },
    replace: () => void (worker.replaced += 1),
    late: () => answer?.(),
  };
  return worker;
}

describe('a worker whose event loop does not turn', () => {
  let worker: ReturnType<typeof watched>;
  let end: () => void;
  const said: string[] = [];
  /** Lets so many seconds pass, of each of which the worker works so much. */
  const pass = async (seconds: number, cpuMs: number) => {
    for (let n = 0; n < seconds; n++) {
      if (worker.cpu !== undefined) worker.cpu += cpuMs;
      await vi.advanceTimersByTimeAsync(lookMs);
    }
  };

  beforeEach(() => {
    vi.useFakeTimers();
    said.length = 0;
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => said.push(String(line)) > 0);
    worker = watched();
    end = watchStuck([worker as never], { lookMs, stuckMs, cpuOf: () => worker.cpu });
  });
  afterEach(() => {
    end();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('is replaced once it has worked for ten seconds without an answer, and the log says so', async () => {
    worker.answers = false;
    await pass(11, 1_000);
    expect(worker.replaced).toBe(0);
    await pass(1, 1_000);
    expect(worker.replaced).toBe(1);
    expect(said.join()).toMatch(/"event":"worker_stuck".*"pid":7,"cpu_ms":11000/);
  });

  it('is none that works hard and answers', async () => {
    await pass(100, 1_000);
    expect([worker.replaced, worker.asks]).toEqual([0, 100]);
  });

  it('is none that is not given the processor: stopped, asleep with its machine, one of many', async () => {
    worker.answers = false;
    await pass(500, 0);
    await pass(90, 100);
    expect(worker.replaced).toBe(0);
    worker.late();
    await pass(500, 10);
    expect(worker.replaced).toBe(0);
  });

  it('is none whose answer is only read late here', async () => {
    worker.answers = false;
    await pass(1, 0);
    worker.cpu = 60_000;
    await vi.advanceTimersByTimeAsync(lookMs);
    worker.late();
    await pass(5, 1_000);
    expect(worker.replaced).toBe(0);
  });

  it('is not the next process in its place, which has used its own time', async () => {
    worker.answers = false;
    await pass(10, 1_000);
    worker.pid = 8;
    worker.cpu = 30_000;
    await pass(9, 1_000);
    expect(worker.replaced).toBe(0);
  });

  it('is not looked for where its time cannot be told', async () => {
    worker.cpu = undefined;
    await pass(20, 0);
    expect([worker.asks, worker.replaced]).toEqual([0, 0]);
  });
});

describe('the time of a main thread', () => {
  it('grows as the thread works', () => {
    const before = mainThreadCpuMs(process.ppid);
    expect(before).toBeGreaterThanOrEqual(0);
    const own = mainThreadCpuMs(process.pid)!;
    for (const until = process.cpuUsage().user + 200_000; process.cpuUsage().user < until;);
    // Where the test runs beside the main thread, that one need not have done anything.
    expect(mainThreadCpuMs(process.pid)).toBeGreaterThanOrEqual(own);
  });

  it('is unknown of a process that is not there', () => {
    expect(mainThreadCpuMs(2 ** 30)).toBeUndefined();
  });
});
