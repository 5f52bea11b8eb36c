import { describe, expect, it } from 'vitest';
import { ByteCounts } from '../../../../lib/held/byte-counts.js';
import { Generations } from '../../../../plugins/mcp-aggregate/core/lists/generations.js';
import type { PreparedItems } from '../../../../plugins/mcp-aggregate/core/items/prepare-items.js';

const bounds = { count: 4, ofServer: 1_000, all: 1_500, ms: 60_000 };
const list = (cost: number) => ({ cost }) as PreparedItems;
const snapshot = (generation: string) => ({
  generation,
  items: [],
  modernOnly: new Set<string>(),
  taskOnly: new Set<string>(),
});

function kept(own: Partial<typeof bounds> = {}) {
  const counts = new ByteCounts();
  const all = new Generations({ ...bounds, ...own }, counts, 'one');
  let n = 0;
  const add = (...lists: PreparedItems[]) => all.keep(snapshot(String(++n)), lists, 0);
  const left = () => ['1', '2', '3', '4', '5', '6'].filter((name) => all.get(name) !== undefined);
  return { counts, all, add, left };
}

describe('earlier lists', () => {
  it('are kept beside the newest, so many, whatever they share counted once', () => {
    const { counts, add, left } = kept();
    const same = list(900);
    for (let n = 0; n < 6; n++) add(same, list(100));
    expect(left()).toEqual(['3', '4', '5', '6']);
    expect(counts.all).toBe(300);
  });

  it('of one server are no more bytes than its share: the oldest go', () => {
    const { counts, add, left } = kept();
    for (let n = 0; n < 4; n++) add(list(400), list(1));
    expect(left()).toEqual(['2', '3', '4']);
    expect(counts.all).toBe(802);
    add(list(5_000), list(1));
    expect(left()).toEqual(['3', '4', '5']);
    add(list(5_000), list(1));
    expect(left()).toEqual(['6']);
    expect(counts.all).toBe(0);
  });

  it('of all lists of the process are bounded together', () => {
    const { counts, all, add, left } = kept();
    counts.add('another', 1_000);
    for (let n = 0; n < 3; n++) add(list(300));
    expect(left()).toEqual(['2', '3']);
    expect(counts.all).toBe(1_300);
    all.clear();
    expect([left(), counts.all]).toEqual([[], 1_000]);
  });

  it('end with their time, but for the newest', () => {
    const { counts, all, add, left } = kept();
    add(list(100));
    add(list(100));
    all.prune(59_999);
    expect(left()).toEqual(['1', '2']);
    all.prune(60_000);
    expect([left(), counts.all]).toEqual([['2'], 0]);
  });

  it('keep the newest, however large', () => {
    const { add, left } = kept();
    add(list(1e9));
    expect(left()).toEqual(['1']);
  });
});
