import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Retirement } from '../../../../plugins/mcp-aggregate/upstream/http/retirement.js';

let now: number;
let ends: number;
beforeEach(() => {
  [now, ends] = [0, 0];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function pass(ms: number): void {
  now += ms;
  vi.advanceTimersByTime(ms);
}

function make() {
  const requests = { pending: 0 };
  const end = () => Promise.resolve(void ends++);
  return { requests, retirement: new Retirement({ timeoutMs: 1000 }, requests, end) };
}

describe('a session that nobody is to use any more', () => {
  it('ends at once, or with its last request', () => {
    make().retirement.begin(false);
    expect(ends).toBe(1);
    const { requests, retirement } = make();
    requests.pending = 1;
    retirement.begin(false);
    requests.pending = 0;
    expect(ends).toBe(1);
    retirement.check();
    expect(ends).toBe(2);
  });

  it('lives for as long as a call that went past may be silent, unless its client is gone', () => {
    const { retirement } = make();
    retirement.passed();
    pass(400);
    retirement.begin(false);
    pass(599);
    expect([ends, retirement.begun]).toEqual([0, true]);
    pass(2);
    expect(ends).toBe(1);
    const other = make().retirement;
    other.passed();
    other.begin(true);
    expect(ends).toBe(2);
  });

  it('lives for as long as calls may go past, and what they may be silent', () => {
    const { retirement } = make();
    retirement.passed(500);
    pass(100);
    // A call of its own later on makes that no shorter.
    retirement.passed();
    retirement.begin(false);
    pass(1399);
    expect(ends).toBe(0);
    pass(2);
    expect(ends).toBe(1);
  });
});
