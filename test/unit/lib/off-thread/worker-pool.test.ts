import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  WorkerLost,
  WorkerPool,
  WorkerUnavailable,
  WorkFailed,
} from '../../../../lib/off-thread/worker-pool.js';
import { until } from '../../../support/readiness.js';

const script = `
import { parentPort, threadId } from 'node:worker_threads';
parentPort.on('message', ({ say, do: what }) => {
  if (what === 'spin') for (;;);
  if (what === 'die') process.exit(0);
  if (what === 'eat') { const kept = []; for (;;) kept.push(new Array(1e5).fill({})); }
  parentPort.postMessage(what === 'fail' ? { error: say } : { value: [say, threadId] });
});
parentPort.postMessage({ ready: true });
`;

describe('WorkerPool', () => {
  let folder: string;
  let pool: WorkerPool;
  let now = 0;

  const open = (name = 'worker.mjs', more: { deadlineMs?: number; idleMs?: number } = {}) => {
    const url = pathToFileURL(join(folder, name));
    const limits = { maxWorkers: 2, deadlineMs: 10_000, idleMs: 60_000, maxHeapMb: 32, ...more };
    pool = new WorkerPool({ script: url, now: () => now, ...limits });
  };
  const say = (text: string) => pool.run(() => ({ say: text })) as Promise<[string, number]>;
  const work = (what: string) => pool.run(() => ({ do: what, say: 'why' }));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pool-'));
    writeFileSync(join(folder, 'worker.mjs'), script);
    open();
  });
  afterEach(async () => {
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  it('starts no more workers than it may, and answers all', async () => {
    const texts = Array.from({ length: 20 }, (_, n) => String(n));
    const answers = await Promise.all(texts.map(say));
    expect(answers.map(([text]) => text)).toEqual(texts);
    expect(new Set(answers.map(([, thread]) => thread)).size).toBe(2);
    expect(pool.size).toBe(2);
  });

  it('starts none before there is work', () => {
    expect(pool.size).toBe(0);
  });

  it('makes a task only when its turn comes', async () => {
    const made: string[] = [];
    const run = (text: string) =>
      pool.run(() => {
        made.push(text);
        return { say: text };
      });
    const all = ['a', 'b', 'c'].map(run);
    expect(made).toEqual(['a', 'b']);
    await Promise.all(all);
    expect(made).toEqual(['a', 'b', 'c']);
  });

  it('hands on that work failed, and goes on', async () => {
    await expect(work('fail')).rejects.toThrow(new WorkFailed('why'));
    expect((await say('x'))[0]).toBe('x');
  });

  it('ends and replaces a worker that takes too long', async () => {
    await pool.close();
    open('worker.mjs', { deadlineMs: 1500 });
    await expect(work('spin')).rejects.toBeInstanceOf(WorkerLost);
    expect((await say('x'))[0]).toBe('x');
  });

  it('replaces a worker that dies at its work; what waited is done by another', async () => {
    const dying = [work('die'), work('die')].map((one) => one.catch((error: unknown) => error));
    const next = say('x');
    for (const error of await Promise.all(dying)) expect(error).toBeInstanceOf(WorkerLost);
    expect((await next)[0]).toBe('x');
  });

  it('replaces a worker that uses more memory than it may', async () => {
    await expect(work('eat')).rejects.toBeInstanceOf(WorkerLost);
    expect((await say('x'))[0]).toBe('x');
  });

  it('says so where no worker can be started, and does not try again at once', async () => {
    await pool.close();
    open('missing.mjs');
    await expect(Promise.all([say('a'), say('b'), say('c')])).rejects.toBeInstanceOf(
      WorkerUnavailable,
    );
    await until(() => Promise.resolve(pool.size === 0), { what: 'a dead worker was kept' });
    writeFileSync(join(folder, 'missing.mjs'), script);
    await expect(say('d')).rejects.toBeInstanceOf(WorkerUnavailable);
    expect(pool.size).toBe(0);
    now += 60_000;
    expect((await say('e'))[0]).toBe('e');
  });

  it('ends workers that have nothing to do', async () => {
    await pool.close();
    open('worker.mjs', { idleMs: 20 });
    await say('x');
    await until(() => Promise.resolve(pool.size === 0), { what: 'the worker never ended' });
  });

  it('ends all when it is closed, and takes nothing more', async () => {
    const spinning = [work('spin'), work('spin'), work('spin')].map((one) =>
      one.catch((error: unknown) => error),
    );
    await pool.close();
    for (const error of await Promise.all(spinning))
      expect(error).toBeInstanceOf(WorkerUnavailable);
    await expect(say('x')).rejects.toBeInstanceOf(WorkerUnavailable);
    expect(pool.size).toBe(0);
  });
});
