import { describe, expect, it } from 'vitest';
import { Health } from '../../../../../plugins/mcp-aggregate/upstream/failure/health.js';

function setUp(random = 1) {
  const clock = { now: 1_000_000 };
  const tuning = { backoffBaseMs: 500, backoffMaxMs: 30_000 };
  const health = new Health('srv', { tuning, now: () => clock.now, random: () => random });
  const fail = (free = 0) => health.failed('refused the connection', health.mark(), free);
  const pause = () => {
    try {
      health.admit();
      return 0;
    } catch (error) {
      return (error as { data: { retry_after_ms: number } }).data.retry_after_ms;
    }
  };
  return { clock, health, fail, pause };
}

describe('back-off', () => {
  it('doubles from failure to failure up to a bound', () => {
    const { clock, fail, pause } = setUp();
    const pauses = Array.from({ length: 9 }, () => {
      fail();
      const wait = pause();
      clock.now += wait;
      return wait;
    });
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(pause()).toBe(0);
  });

  it('has jitter of up to one half', () => {
    const { fail, pause } = setUp(0);
    fail();
    expect(pause()).toBe(250);
  });

  it('refuses at once with the state and the reason', () => {
    const { health, fail } = setUp();
    fail();
    expect(() => health.admit()).toThrow(
      expect.objectContaining({
        code: 'upstream_unavailable',
        message: 'server srv refused the connection; it is not tried again yet',
        data: { server: 'srv', state: 'failing', retry_after_ms: 500 },
      }),
    );
    expect(health.status).toMatchObject({ state: 'failing', lastError: 'refused the connection' });
  });

  it('counts failures on across successes, and forgets them after quiet', () => {
    const { clock, health, fail, pause } = setUp();
    fail();
    health.succeeded();
    expect(pause()).toBe(0);
    fail();
    expect(pause()).toBe(1000);
    clock.now += 100_000;
    fail();
    expect(pause()).toBe(500);
  });

  it('counts attempts that ran side by side as one', () => {
    const { health, pause } = setUp();
    const marks = Array.from({ length: 100 }, () => health.connecting());
    for (const mark of marks) health.failed('refused the connection', mark);
    expect(pause()).toBe(500);
  });

  it('lets the first failure of a row pass freely where that is asked', () => {
    const { fail, pause } = setUp();
    fail(1);
    expect(pause()).toBe(0);
    fail(1);
    expect(pause()).toBe(500);
  });
});
