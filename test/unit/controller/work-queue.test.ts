import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Action } from '../../../kong/controller/core/actions.js';
import { KubeError } from '../../../kong/controller/kube/kube-error.js';
import { WorkQueue } from '../../../kong/controller/run/work-queue.js';

const action = { type: 'delete', key: 'one' } as unknown as Action;

describe('the queue of writes', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** When each try of a write begins that always fails with this status, in milliseconds. */
  async function triesOf(status: number, forMs: number): Promise<readonly number[]> {
    const tries: number[] = [];
    const queue = new WorkQueue({
      perform: () => {
        tries.push(performance.now());
        return Promise.reject(new KubeError(status, 'Unknown', 'no'));
      },
      onOutcome: () => undefined,
      onConflict: () => undefined,
    });
    queue.replace([action]);
    await vi.advanceTimersByTimeAsync(forMs);
    await queue.close();
    return tries;
  }
  const gaps = (times: readonly number[]) => times.slice(1).map((at, n) => at - times[n]!);

  it('waits longer and longer for an API server that fails, and never for more than 15 s', async () => {
    const waits = gaps(await triesOf(500, 120_000));
    expect(waits[0]).toBeLessThan(300);
    expect(waits.at(-1)).toBeGreaterThan(14_000);
    expect(Math.max(...waits)).toBeLessThan(15_100);
  });

  it('tries again within a second where somebody else was quicker, however often', async () => {
    const waits = gaps(await triesOf(409, 60_000));
    expect(Math.max(...waits)).toBeLessThan(1_100);
    expect(waits.length).toBeLessThan(65);
  });
});
