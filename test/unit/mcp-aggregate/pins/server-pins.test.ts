import { describe, expect, it } from 'vitest';
import { nothingApproved } from '../../../../plugins/mcp-aggregate/core/pins/approved.js';
import { CallerPins } from '../../../../plugins/mcp-aggregate/core/pins/caller-pins.js';
import type { ToldChange } from '../../../../plugins/mcp-aggregate/core/pins/record/change.js';
import { fingerprint } from '../../../../plugins/mcp-aggregate/core/pins/fingerprint.js';
import { book, listed, pinned, resource, tool } from '../../../support/pinned.js';

const changesOf = (told: readonly ToldChange[]) =>
  told.map(({ kind, item, change }) => `${kind} ${item} ${change}`);

describe('first use', () => {
  it('holds for what comes later', async () => {
    const { list, told, pins } = pinned();
    expect(await list('tool', [tool('a'), tool('b')])).toHaveLength(2);
    expect(await list('tool', [tool('b'), tool('a')])).toHaveLength(2);
    expect(told).toEqual([]);
    expect(await list('tool', [tool('a', 'evil'), tool('b'), tool('c')])).toEqual([tool('b')]);
    expect(changesOf(told)).toEqual(['tool a changed', 'tool c added']);
    expect(told[0]).toMatchObject({ members: ['description'], withheld: true });
    expect(pins.withheld).toBe(2);
    expect(await list('tool', [tool('a')])).toHaveLength(1);
    expect(changesOf(told.slice(2))).toEqual([
      'tool a restored',
      'tool c restored',
      'tool b vanished',
    ]);
  });

  it('is told of once, and again where a change has changed', async () => {
    const { list, told } = pinned();
    await list('tool', [tool('a')]);
    for (const text of ['x', 'x', 'y']) await list('tool', [tool('a', text)]);
    expect(changesOf(told)).toEqual(['tool a changed', 'tool a changed']);
  });

  it('is not what a server lists before it has anything', async () => {
    const { list } = pinned();
    expect(await list('tool', [])).toEqual([]);
    expect(await list('tool', [tool('a')])).toHaveLength(1);
    expect(await list('tool', [tool('a'), tool('b')])).toHaveLength(1);
  });

  it('does not count how a definition is written', async () => {
    const { list, told } = pinned();
    await list('tool', ['{"name":"a","x":[1,{"b":2,"c":"\\u0041"}]}']);
    expect(await list('tool', ['{"x": [1.0,{"c":"A","b":2e0}], "name":"\\u0061"}'])).toHaveLength(
      1,
    );
    expect(told).toEqual([]);
  });

  it('finds a second item of one name', async () => {
    const { list } = pinned();
    await list('tool', [tool('a')]);
    expect(await list('tool', [tool('a', 'evil'), tool('a')])).toEqual([tool('a')]);
  });

  it('shows all where it only warns', async () => {
    const { list, told, pins } = pinned({ enforce: false });
    await list('tool', [tool('a')]);
    expect(await list('tool', [tool('a', 'evil'), tool('b')])).toHaveLength(2);
    expect(told.every(({ withheld }) => !withheld)).toBe(true);
    expect(pins.withheld).toBe(0);
  });

  it('says what of the server itself has changed', async () => {
    const { list, told, pins } = pinned();
    await list('tool', [tool('a')]);
    const shown = await list('tool', [tool('a')], {
      said: { name: 'Fixture', instructions: 'Be mean.' },
    });
    expect(shown).toHaveLength(1);
    expect(changesOf(told)).toEqual(['instructions instructions changed']);
    expect(await list('tool', [tool('a')], { said: { name: 'Other' } })).toEqual([]);
    expect(pins.closed).toBe(true);
    expect(pins.withholds('resource', 'a:b')).toBe(true);
    expect(await list('tool', [tool('a')])).toHaveLength(1);
    expect(pins.closed).toBe(false);
  });

  it('is of each item alone where callers have lists of their own', async () => {
    const { list, told } = pinned({ perCaller: true, enforce: false });
    await list('tool', [tool('a')]);
    await list('tool', [tool('b')]);
    expect(told).toEqual([]);
    await list('tool', [tool('a', 'evil'), tool('b')]);
    expect(changesOf(told)).toEqual(['tool a changed']);
  });
});

describe('resources that are withheld', () => {
  it('cannot be read by another spelling either', async () => {
    const { list, pins } = pinned();
    await list('resource', [resource('file:///a/b')]);
    await list('resource', [resource('file:///a/b', 'evil'), resource('file:///new')]);
    for (const uri of ['file:///a/b', 'file:///a/%62', 'FILE:///a/./b', 'file:///new']) {
      expect(pins.withholds('resource', uri), uri).toBe(true);
    }
    expect(pins.withholds('resource', 'file:///elsewhere')).toBe(false);
    await list('resource', [resource('file:///a/b')]);
    expect(pins.withholds('resource', 'file:///a/b')).toBe(false);
  });

  it('are all that are not approved as long as none have been listed', async () => {
    const { digest, parts } = fingerprint(Buffer.from(resource('x:good')));
    const items = {
      ...nothingApproved.items,
      resource: new Map([['x:good', { digest, parts }]]),
    };
    for (const perCaller of [false, true]) {
      const { list, pins } = pinned({ perCaller, book: book({ ...nothingApproved, items }) });
      await pins.options.approvals?.ready();
      const withheld = () =>
        ['x:good', 'x:evil', 'x:%65vil'].map((uri) => pins.withholds('resource', uri));
      expect(withheld()).toEqual([false, true, true]);
      await list('tool', [tool('a')]);
      expect(withheld()).toEqual([false, true, true]);
      await list('resource', [resource('x:good')]);
      expect(withheld()).toEqual([false, false, false]);
      await list('resource', [resource('x:good'), resource('x:evil')]);
      expect(withheld()).toEqual([false, true, true]);
    }
    expect(pinned({ enforce: false }).pins.withholds('resource', 'x:evil')).toBe(false);
  });

  it('are all that are not approved where they are too many to be read', async () => {
    const { list, pins } = pinned();
    await list('resource', [resource('x:good')]);
    const many = Array.from({ length: 2_000 }, (_, n) => resource(`x:${n}`));
    expect(await list('resource', [resource('x:good'), ...many])).toHaveLength(1);
    expect(pins.withholds('resource', 'x:elsewhere')).toBe(true);
    expect(pins.withholds('resource', 'x:good')).toBe(false);
  });
});

describe('resources that are withheld from one caller', () => {
  it('are so from that caller alone, whoever lists last', async () => {
    const good = resource('file:///a/b');
    const { digest, parts } = fingerprint(Buffer.from(good));
    const items = new Map([['file:///a/b', { digest, parts }]]);
    const approved = { ...nothingApproved.items, resource: items };
    const { pins } = pinned({
      perCaller: true,
      book: book({ ...nothingApproved, items: approved }),
    });
    const [alice, bob] = [new CallerPins(pins), new CallerPins(pins)];
    const show = (who: CallerPins, ...shown: readonly string[]) =>
      who.review('resource', listed(shown), shown.join());
    const evil = resource('file:///a/b', 'evil');
    for (const last of [alice, bob]) {
      await show(bob, evil, resource('file:///new'));
      await show(alice, good);
      if (last === bob) await show(bob, evil, resource('file:///new'));
      const uris = ['file:///a/b', 'file:///a/%62', 'file:///new'];
      expect(uris.map((uri) => alice.withholds('resource', uri))).toEqual([false, false, false]);
      expect(uris.map((uri) => bob.withholds('resource', uri))).toEqual([true, true, true]);
    }
    expect(new CallerPins(pins).withholds('resource', 'file:///new')).toBe(true);
    await show(bob, ...Array.from({ length: 40 }, (_, at) => resource(`x:${at}`)));
    expect(bob.withholds('resource', 'x:elsewhere')).toBe(true);
    expect(bob.withholds('resource', 'file:///a/b')).toBe(false);
  });
});

describe('a lockfile', () => {
  it('that says nothing of a kind approves none of it', async () => {
    const { list } = pinned({ book: book({ ...nothingApproved, server: 'Fixture' }) });
    expect(await list('tool', [tool('a')])).toEqual([]);
  });

  it('of another server serves nothing', async () => {
    const { list, told } = pinned({ book: book({ ...nothingApproved, server: 'Other' }) });
    expect(await list('tool', [])).toEqual([]);
    expect(changesOf(told)).toContain('server Fixture changed');
  });

  it('that cannot be read lets nothing be served', async () => {
    const file = {
      mark: () => Promise.reject(new Error('gone')),
      read: () => Promise.reject(new Error('gone')),
    };
    const broken = book(nothingApproved, file);
    const { list, pins } = pinned({ book: broken });
    await expect(list('tool', [tool('a')])).rejects.toThrow('not available');
    expect(pins.withholds('resource', 'a:b')).toBe(true);
    broken.close();
    const warned = pinned({ enforce: false, book: broken });
    expect(await warned.list('tool', [tool('a')])).toHaveLength(1);
  });
});
