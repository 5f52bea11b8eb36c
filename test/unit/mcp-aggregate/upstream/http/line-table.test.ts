import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LineTable } from '../../../../../plugins/mcp-aggregate/upstream/conversation/line-table.js';
import type { Line } from '../../../../../plugins/mcp-aggregate/upstream/conversation/link.js';

type Named = Line & { readonly name: string };

const line = (name: string) => ({ name }) as unknown as Named;

let givenUp: string[];
const table = (most = 2) =>
  new LineTable<Named>({ most, idleMs: 1000, onGivenUp: ({ name }) => givenUp.push(name) });

let now: number;

function pass(ms: number): void {
  now += ms;
  vi.advanceTimersByTime(ms);
}

beforeEach(() => {
  givenUp = [];
  now = 1;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('a line', () => {
  it('is given up when it has been idle, counted from its last use', () => {
    const lines = table();
    lines.set('a', line('a'));
    pass(800);
    expect(lines.get('a')?.name).toBe('a');
    pass(800);
    expect(givenUp).toEqual([]);
    pass(1000);
    expect([givenUp, lines.get('a')]).toEqual([['a'], undefined]);
  });

  it('is given up where it is one too many, that unused for longest', () => {
    const lines = table();
    for (const key of ['a', 'b']) lines.set(key, line(key));
    lines.get('a');
    lines.set('c', line('c'));
    expect(givenUp).toEqual(['b']);
  });

  it('is given up where it is one too many of its owner, and nobody else’s then', () => {
    const lines = table(8);
    for (const key of ['b', 'c']) lines.set(key, line(key), { owner: 'other' });
    for (const key of ['1', '2']) lines.set(key, line(key), { owner: 'one' });
    lines.get('1');
    lines.set('3', line('3'), { owner: 'one' });
    expect(givenUp).toEqual(['2']);
    lines.remove('3', lines.get('3')!);
    lines.set('4', line('4'), { owner: 'one' });
    lines.set('5', line('5'));
    expect(givenUp).toEqual(['2']);
  });

  it('that listens is never idle', () => {
    const lines = table();
    lines.set('a', line('a'), { listens: true });
    pass(10_000);
    expect([givenUp, lines.get('a')?.name]).toEqual([[], 'a']);
  });

  it('is taken out as itself alone, and not given up then', () => {
    const lines = table();
    const [old, young] = [line('old'), line('young')];
    lines.set('a', young);
    expect([lines.remove('a', old), lines.get('a')]).toEqual([false, young]);
    expect([lines.remove('a', young), lines.get('a')]).toEqual([true, undefined]);
    expect(givenUp).toEqual([]);
  });
});

describe('a line that is held', () => {
  it('is neither idle nor one too many', () => {
    const lines = table();
    lines.set('a', line('a'));
    expect(lines.hold('a')).toBe(true);
    for (const key of ['b', 'c']) lines.set(key, line(key));
    pass(500);
    expect([givenUp, lines.get('a')?.name]).toEqual([[], 'a']);
    pass(10_000);
    expect([givenUp, lines.get('a')?.name]).toEqual([['b', 'c'], 'a']);
  });

  it('may come later than the hold, and again', () => {
    const lines = table();
    lines.hold('a');
    expect(lines.get('a')).toBeUndefined();
    const [first, second] = [line('first'), line('second')];
    lines.set('a', first);
    expect(lines.remove('a', second)).toBe(false);
    expect([lines.remove('a', first), lines.get('a')]).toEqual([true, undefined]);
    lines.set('a', second);
    pass(10_000);
    expect([givenUp, lines.get('a')]).toEqual([[], second]);
  });

  it('is one among others when it is released', () => {
    const lines = table();
    lines.set('a', line('a'));
    lines.hold('a');
    lines.release('a');
    expect(lines.get('a')?.name).toBe('a');
    pass(1001);
    expect(givenUp).toEqual(['a']);
    lines.release('never held');
    expect(lines.find(() => true)).toEqual([]);
  });

  it('is refused where as many are held as may be, however often one asks', () => {
    const lines = table(2);
    expect(['a', 'b', 'a', 'c'].map((key) => lines.hold(key))).toEqual([true, true, true, false]);
    lines.release('a');
    expect(lines.hold('c')).toBe(true);
  });
});

it('finds and takes out lines by their key, held ones too, giving none up', () => {
  const lines = table(4);
  for (const key of ['a 1', 'b 1', 'a 2']) lines.set(key, line(key));
  for (const key of ['a 1', 'x 1']) lines.hold(key);
  const ofOne = (key: string) => key.endsWith(' 1');
  expect(lines.find(ofOne).map(({ name }) => name)).toEqual(['a 1', 'b 1']);
  expect(lines.take(ofOne).map(({ name }) => name)).toEqual(['a 1', 'b 1']);
  expect(lines.find(() => true).map(({ name }) => name)).toEqual(['a 2']);
  // What was held is so no more: there is room, and a new line is one among others.
  lines.set('x 1', line('new'));
  pass(1001);
  expect(givenUp.sort()).toEqual(['a 2', 'new']);
});

describe('lines that are held', () => {
  it('are a quarter of one owner at most, so that there are some left for others', () => {
    const lines = table(8);
    expect(['a', 'b', 'c'].map((key) => lines.hold(key, 'ann'))).toEqual([true, true, false]);
    expect(lines.hold('a', 'ann')).toBe(true);
    expect(lines.hold('d', 'ben')).toBe(true);
    lines.release('a');
    expect(lines.hold('c', 'ann')).toBe(true);
    lines.take((key) => key === 'b');
    expect(lines.hold('e', 'ann')).toBe(true);
    expect(lines.hold('f', 'ann')).toBe(false);
  });

  it('of callers who cannot be told apart are as many as there may be', () => {
    const lines = table(2);
    expect(['a', 'b', 'c'].map((key) => lines.hold(key))).toEqual([true, true, false]);
  });
});
