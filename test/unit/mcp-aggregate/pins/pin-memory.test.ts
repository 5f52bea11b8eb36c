import { describe, expect, it } from 'vitest';
import { SharedBytes } from '../../../../lib/held/shared-bytes.js';
import { nothingApproved } from '../../../../plugins/mcp-aggregate/core/pins/approved.js';
import { ChangeRecord } from '../../../../plugins/mcp-aggregate/core/pins/record/change-record.js';
import { SeenLists } from '../../../../plugins/mcp-aggregate/core/pins/record/seen-lists.js';
import { book, firstUse, MiB, pinned, resource, roomFor, tool } from '../../../support/pinned.js';

describe('differences beyond their memory', () => {
  const many = Array.from({ length: 40 }, (_, n) => resource(`x:${n}`));
  const room = 4_000;

  it('are withheld all the same, counted, and said to be left out', async () => {
    const { list, pins, told, left } = pinned({ room });
    await list('resource', [resource('x:good')]);
    expect(await list('resource', [resource('x:good'), ...many])).toEqual([resource('x:good')]);
    const leftOut = pins.changes.leftOut('resource');
    expect(leftOut).toBeGreaterThan(20);
    expect([told.length, left]).toEqual([40 - leftOut, [leftOut]]);
    expect(pins.changes.counts).toEqual({ changed: 0, added: 40, vanished: 0 });
    expect(pins.withheld).toBe(40);
    for (const at of [0, 39]) expect(pins.withholds('resource', `x:${at}`)).toBe(true);
    expect(pins.withholds('resource', 'x:good')).toBe(false);
    await list('resource', [resource('x:good'), ...many]);
    expect(left).toEqual([leftOut]);
  });

  it('are none once the list is as it was approved', async () => {
    const { list, pins } = pinned({ room });
    await list('resource', [resource('x:good')]);
    await list('resource', [resource('x:good'), ...many]);
    await list('resource', [resource('x:good')]);
    expect([pins.withheld, pins.changes.leftOut()]).toEqual([0, 0]);
    expect(pins.withholds('resource', 'x:39')).toBe(false);
    await list('resource', [resource('x:good'), ...many.slice(0, 5)]);
    expect([pins.withheld, pins.changes.leftOut()]).toEqual([5, 0]);
  });

  it('are remembered where another caller’s list says nothing of them', async () => {
    const shared = { perCaller: true, book: book({ ...nothingApproved, server: 'Fixture' }) };
    const { list, pins } = pinned({ ...shared, room });
    await list('resource', many);
    const { added } = pins.changes.counts;
    expect(await list('resource', [])).toEqual([]);
    expect(pins.changes.counts.added).toBe(added);
    expect(pins.withholds('resource', 'x:39')).toBe(true);
  });

  it('never hide that it is another server', async () => {
    const { list, pins } = pinned({ room: 0, book: book({ ...nothingApproved, server: 'Good' }) });
    const said = { name: 'x'.repeat(100_000) };
    expect(await list('tool', [tool('a')], { said })).toEqual([]);
    expect(pins.closed).toBe(true);
  });

  it('give their memory back', async () => {
    const all = new SharedBytes({ bytes: MiB, ofOne: room });
    const share = all.share();
    const record = new ChangeRecord(share);
    const one = (item: string) =>
      ({ kind: 'tool', item, change: 'added', members: [], digest: 'd' }) as const;
    record.replace('tool', ['a', 'b', 'c'].map(one), () => true, true);
    const three = all.bytes;
    record.replace('tool', ['a'].map(one), () => true, true);
    expect(all.bytes).toBe(three / 3);
    record.replace('tool', [], () => true, true);
    expect(all.bytes).toBe(0);
    record.replace('tool', ['a'].map(one), () => true, true);
    share.close();
    expect(all.bytes).toBe(0);
  });
});

describe('what is seen first beyond its memory', () => {
  const three = ['a', 'b', 'c'].map((name) => tool(name));

  it('is not approved', async () => {
    const some = pinned({ book: firstUse(false, 1_600) });
    expect(await some.list('tool', three)).toHaveLength(2);
    expect(some.pins.withheld).toBe(1);
    expect(await some.list('tool', three)).toHaveLength(2);
    expect(await pinned({ book: firstUse(false, 0) }).list('tool', three)).toEqual([]);
  });
});

describe('lists that were looked at', () => {
  const list = (name: string) => [{ original: name, findings: [] }];

  it('make room for newer ones, and one that is too large is not kept', () => {
    const seen = new SeenLists(roomFor(1_100), 16);
    seen.add('1', list('a'));
    seen.add('2', list('b'));
    seen.add('3', list('c'));
    expect(['1', '2', '3'].map((key) => seen.get(key)?.[0]?.original)).toEqual([
      undefined,
      'b',
      'c',
    ]);
    seen.add('4', list('d'.repeat(1_000)));
    expect(seen.get('4')).toBeUndefined();
  });
});

describe('a limit of several owners', () => {
  it('gives none more than its share, nor all together more than there is', () => {
    const all = new SharedBytes({ bytes: 10, ofOne: 6 });
    const [one, other] = [all.share(), all.share()];
    expect([one.tryTake(7), one.tryTake(6), one.tryTake(1)]).toEqual([false, true, false]);
    expect([other.tryTake(5), other.tryTake(4)]).toEqual([false, true]);
    one.close();
    one.give(6);
    expect([all.bytes, other.tryTake(2)]).toEqual([4, true]);
  });
});
