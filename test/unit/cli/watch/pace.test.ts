import { describe, expect, it } from 'vitest';
import { Pace } from '../../../../kong/cli/watch/pace.js';

describe('when Kong is spoken to', () => {
  it('at once, then as often as asked for', () => {
    const pace = new Pace(10_000);
    expect(pace.due(5)).toBe(true);
    pace.succeeded(5);
    expect([pace.due(10_004), pace.due(10_005)]).toEqual([false, true]);
  });

  it('ever later while it is down, and a minute later where waiting mends nothing', () => {
    const pace = new Pace(10_000);
    const waits = Array.from({ length: 7 }, () => pace.failed({ passing: true }, 0) / 1000);
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
    expect(pace.failed({ passing: false }, 0)).toBe(60_000);
    expect(pace.due(59_999)).toBe(false);
  });

  it('at once for another file, and with patience anew', () => {
    const pace = new Pace(10_000);
    pace.failed({ passing: true }, 0);
    pace.failed({ passing: true }, 0);
    pace.hurry();
    expect(pace.due(1)).toBe(true);
    expect(pace.failed({ passing: true }, 0)).toBe(1000);
  });
});
