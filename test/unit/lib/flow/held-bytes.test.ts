import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeldBytes } from '../../../../lib/held/held-bytes.js';
import type { Hold } from '../../../../lib/held/held-bytes.js';

const KiB = 1_024;
const limits = { bytes: 4_000 * KiB, ofOne: 1_000 * KiB, ofServer: 2_000 * KiB };
let pool: HeldBytes;

beforeEach(() => {
  vi.useFakeTimers();
  pool = new HeldBytes({ ...limits, anonymous: 'nobody' });
});
afterEach(() => vi.useRealTimers());

/** A call that holds so many KiB. */
function holding(caller: string, kib: number, server = 's'): Hold {
  const hold = pool.hold(caller);
  expect(hold.tryAtLeast(kib * KiB, server)).toBe(true);
  return hold;
}

describe('bytes of answers', () => {
  it('are counted above 64 KiB, as much as the largest message, and given back once', () => {
    const hold = pool.hold('ann');
    expect(hold.atLeast(64 * KiB, 's')).toBeUndefined();
    expect(pool.bytes).toBe(0);
    hold.tryAtLeast(100 * KiB, 's');
    hold.tryAtLeast(90 * KiB, 's');
    expect(pool.bytes).toBe(100 * KiB);
    hold.release();
    hold.release();
    expect(pool.bytes).toBe(0);
  });

  it('are asked for in growing steps while they arrive', () => {
    const hold = pool.hold('ann');
    const steps: number[] = [];
    for (let kib = 1; kib <= 500; kib++) {
      expect(hold.atLeast(kib * KiB, 's')).toBeUndefined();
      if (steps.at(-1) !== hold.bytes) steps.push(hold.bytes);
      expect(hold.bytes >= kib * KiB || kib <= 64).toBe(true);
    }
    expect(steps.map((bytes) => bytes / KiB)).toEqual([0, 65, 130, 260, 520]);
  });

  it('wait where the caller has its share, until some of it is free, and cost no other', async () => {
    const first = holding('ann', 900);
    const waited = pool.hold('ann').atLeast(200 * KiB, 's');
    expect(waited).toBeInstanceOf(Promise);
    expect(pool.hold('ben').atLeast(200 * KiB, 's')).toBeUndefined();
    first.release();
    await expect(waited).resolves.toBeUndefined();
    expect(pool.bytes).toBe(400 * KiB);
  });

  it('are refused after ten seconds without room, to the caller who has too many', async () => {
    holding('ann', 900);
    const refused = expect(pool.hold('ann').atLeast(200 * KiB, 's')).rejects.toMatchObject({
      code: 'overloaded',
    });
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;
    expect(pool.bytes).toBe(900 * KiB);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are waited for no longer than the call lasts', async () => {
    holding('ann', 900);
    const second = pool.hold('ann');
    const refused = expect(second.atLeast(200 * KiB, 's')).rejects.toThrow();
    second.release();
    await refused;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be more than a share where they are one answer, and not where they are two', () => {
    holding('ann', 1_500);
    expect(pool.hold('ann').tryAtLeast(65 * KiB, 's')).toBe(false);
  });

  it('may be more than a share as they arrive, too, and reserve no more than they are then', () => {
    const hold = pool.hold('ann');
    for (let kib = 50; kib <= 4_500; kib += 50) {
      expect(hold.atLeast(kib * KiB, 's')).toBeUndefined();
    }
    expect(pool.bytes).toBe(4_500 * KiB);
  });

  it('reach a share to its last byte, though the next step of their growth would be beyond it', () => {
    holding('ann', 300);
    const hold = pool.hold('ann');
    for (let kib = 50; kib <= 700; kib += 50) {
      expect(hold.atLeast(kib * KiB, 's')).toBeUndefined();
    }
    expect(pool.bytes).toBe(1_000 * KiB);
    expect(hold.atLeast(701 * KiB, 's')).toBeInstanceOf(Promise);
  });

  /** A call that has read so many KiB and reads on to `to`; resolves when all of it was read. */
  async function reads(caller: string, from: number, to: number, server = 's'): Promise<Hold> {
    const hold = pool.hold(caller);
    for (let kib = from; kib <= to; kib += 50) {
      // As they come, one after the other.
      await hold.atLeast(kib * KiB, server);
    }
    return hold;
  }

  it('that together are more than a share, each only a part of it read, arrive one after the other', async () => {
    const done: number[] = [];
    const all = Array.from({ length: 6 }, async (_, n) => {
      const hold = await reads('ann', 50, 700);
      done.push(n);
      expect(pool.bytes).toBeLessThanOrEqual(1_000 * KiB + 700 * KiB);
      hold.onGiveWay(() => undefined);
      await Promise.resolve();
      hold.release();
    });
    await Promise.all(all);
    expect(done).toHaveLength(6);
    expect([pool.bytes, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('do so where a server has its share, or all is full, whoever they are for', async () => {
    for (const servers of [1, 3]) {
      const all = Array.from({ length: 12 }, async (_, n) => {
        const hold = await reads(`caller ${n}`, 50, 900, `server ${n % servers}`);
        expect(pool.bytes).toBeLessThanOrEqual(limits.bytes + 900 * KiB);
        hold.release();
      });
      await Promise.all(all);
      expect([pool.bytes, vi.getTimerCount()]).toEqual([0, 0]);
    }
  });

  it('wait on while one of the caller’s others is still coming or being read', async () => {
    const coming = holding('ann', 400);
    const waiting = [pool.hold('ann'), pool.hold('ann')];
    for (const hold of waiting) hold.tryAtLeast(300 * KiB, 's');
    const refused = waiting.map((hold) =>
      expect(hold.atLeast(500 * KiB, 's')).rejects.toMatchObject({ code: 'overloaded' }),
    );
    await vi.advanceTimersByTimeAsync(9_999);
    expect(pool.bytes).toBe(1_000 * KiB);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all(refused);
    coming.release();
  });

  it('of one server are bounded: those of another are read on', () => {
    for (const caller of ['a', 'b']) holding(caller, 1_000, 'bad');
    expect(pool.hold('c').tryAtLeast(100 * KiB, 'bad')).toBe(false);
    expect(pool.hold('c').tryAtLeast(100 * KiB, 'good')).toBe(true);
  });

  it('of callers without an identity are half of all at most', () => {
    for (const server of ['a', 'b']) holding('nobody', 1_000, server);
    expect(pool.hold('nobody').tryAtLeast(100 * KiB, 'c')).toBe(false);
    expect(pool.hold('ann').tryAtLeast(100 * KiB, 'c')).toBe(true);
  });

  it('that nobody reads give way where all is full: the oldest of the caller who holds most', () => {
    const cut: string[] = [];
    const unread = (caller: string, kib: number, server: string) => {
      const name = `${caller} ${kib}`;
      holding(caller, kib, server).onGiveWay(() => cut.push(name));
    };
    for (const [n, caller] of ['a', 'b', 'c'].entries()) unread(caller, 1_000, `s${n}`);
    unread('eve', 400, 's3');
    unread('eve', 500, 's3');
    expect(holding('new', 150, 's4').bytes).toBe(150 * KiB);
    expect(cut).toEqual(['a 1000']);
    expect(pool.bytes).toBe(3_050 * KiB);
  });

  it('give way to nobody who holds more, nor while they are still being read from the server', () => {
    const cut: string[] = [];
    for (const [n, caller] of ['a', 'b', 'c', 'd'].entries()) holding(caller, 1_000, `s${n}`);
    expect(pool.hold('new').tryAtLeast(100 * KiB, 'new')).toBe(false);
    const small = new HeldBytes({ bytes: 300 * KiB, ofOne: 250 * KiB, ofServer: 300 * KiB });
    const first = small.hold('ann');
    first.tryAtLeast(100 * KiB, 's');
    first.onGiveWay(() => cut.push('ann'));
    const eve = small.hold('eve');
    expect(eve.tryAtLeast(150 * KiB, 's')).toBe(true);
    expect(small.hold('eve').tryAtLeast(100 * KiB, 's')).toBe(false);
    expect(cut).toEqual([]);
  });

  it('that have room made for them later are counted once', async () => {
    for (const [n, caller] of ['a', 'b', 'c'].entries()) holding(caller, 1_000, `s${n}`);
    const eve = holding('eve', 900, 's3');
    const last = holding('z', 90, 's4');
    const waited = pool.hold('new').atLeast(200 * KiB, 's5');
    eve.onGiveWay(() => undefined);
    last.release();
    await waited;
    expect(pool.bytes).toBe(3_200 * KiB);
  });

  it('are all given back, whatever happens', async () => {
    const holds = Array.from({ length: 500 }, (_, n) => pool.hold(`caller ${n % 7}`));
    const waiting = Promise.allSettled(
      holds.map(async (hold, n) => hold.atLeast((n % 300) * KiB, `server ${n % 3}`)),
    );
    for (const [n, hold] of holds.entries()) if (n % 2) hold.onGiveWay(() => undefined);
    for (const hold of holds) hold.release();
    await vi.advanceTimersByTimeAsync(10_000);
    await waiting;
    expect([pool.bytes, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
