import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NowAndThen } from '../../../lib/workers/now-and-then.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('says the same at once, and once more where there was cause again meanwhile', () => {
  const pace = new NowAndThen(100);
  const said: string[] = [];
  const say = (what: string, text = what) => pace.say(what, () => said.push(text));
  say('a');
  say('b');
  expect(said).toEqual(['a', 'b']);
  for (let n = 0; n < 1_000; n++) say('a', `a${n}`);
  expect(said).toHaveLength(2);
  vi.advanceTimersByTime(100);
  expect(said).toEqual(['a', 'b', 'a999']);
  say('a', 'soon');
  say('b');
  vi.advanceTimersByTime(100);
  expect(said.slice(3)).toEqual(['b', 'soon']);
  vi.advanceTimersByTime(1_000);
  expect([said.length, vi.getTimerCount()]).toEqual([5, 0]);
});
