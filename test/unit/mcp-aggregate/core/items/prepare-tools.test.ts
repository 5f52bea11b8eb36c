import { describe, expect, it } from 'vitest';
import { prepareItems } from '../../../../../plugins/mcp-aggregate/core/items/prepare-items.js';
import { anyForm } from '../../../../support/aggregate/any-form.js';
import { exposureOf } from '../../../../support/aggregate/exposure.js';

const breathe = () => Promise.resolve();
const prepare = (prefix: string, ...raw: string[]) =>
  prepareItems(
    'tool',
    raw.map((text) => Buffer.from(text)),
    exposureOf({ name: 's', prefix }),
    breathe,
    anyForm,
  );

describe('prepareItems, of tools', () => {
  it('replaces the name and keeps every other byte', async () => {
    const raw = '{\n "title": "name",\t"name" :"\\u0061", "n":1e400, "o":{"name":"z"}, "é":"\\/"}';
    const { items } = await prepare('p__', raw);
    expect(items[0]!.raw.toString()).toBe(raw.replace('"\\u0061"', '"p__a"'));
    expect(items[0]).toMatchObject({ name: 'p__a', original: 'a' });
  });

  it.each([
    ['an empty name', '{"name":""}'],
    ['no name', '{}'],
    ['a name that is no string', '{"name":1}'],
    ['two names', '{"name":"a","name":"b"}'],
    ['two names, one escaped', '{"name":"a","n\\u0061me":"b"}'],
    ['two names, one in capitals', '{"name":"a","Name":"b"}'],
    ['a name in capitals only', '{"NAME":"a"}'],
    ['no object', '"a"'],
    ['no JSON', '{"name":"a"'],
    ['more than 256 KiB', `{"name":"a","description":"${'x'.repeat(262_144)}"}`],
  ])('leaves out an item with %s and keeps the others', async (_title, raw) => {
    const { items, refused } = await prepare('p__', raw, '{"name":"ok"}');
    expect(items.map(({ name }) => name)).toEqual(['p__ok']);
    expect(refused).toHaveLength(1);
  });

  it.each([
    ['a b', 'a_b', 'the name has other characters than A-Z a-z 0-9 _ . -'],
    [
      'x'.repeat(126),
      `${'x'.repeat(52)}`,
      'with its prefix the name is longer than 128 characters',
    ],
  ])('offers one named %j under a name derived from its own', async (original, slug, fault) => {
    const { items, refused, derived } = await prepare('p__', JSON.stringify({ name: original }));
    expect(items[0]).toMatchObject({ original, claim: 'derived' });
    expect(items[0]!.name).toMatch(new RegExp(`^p__${slug}_[0-9a-f]{8}$`));
    expect(refused).toEqual([]);
    const reason = `${fault}; rename in tools.overrides of the server sets another`;
    expect(derived).toEqual([{ item: original, name: items[0]!.name, reason }]);
  });

  it('gives a name that an operator set to no tool that is listed under it, before or after', async () => {
    const overrides = new Map([['search', { rename: 'find', description: undefined }]]);
    const exposure = exposureOf({ name: 's', prefix: '', overrides });
    const raws = ['{"name":"find","v":1}', '{"name":"search"}', '{"name":"find","v":2}'];
    for (const order of [raws, [...raws].reverse()]) {
      const { items, refused } = await prepareItems(
        'tool',
        order.map((raw) => Buffer.from(raw)),
        exposure,
        breathe,
        anyForm,
      );
      expect(items).toMatchObject([{ name: 'find', original: 'search' }]);
      const reason = 'another of the server’s tools has this name by tools.overrides';
      expect(refused).toEqual([
        { item: 'find', reason },
        { item: 'find', reason },
      ]);
    }
  });

  it('gives the name that it would derive to a tool that has it of its own', async () => {
    const { name } = (await prepare('', '{"name":"a b"}')).items[0]!;
    const { items } = await prepare('', '{"name":"a b"}', JSON.stringify({ name }));
    expect(items).toMatchObject([{ original: name, claim: 'own' }]);
  });

  it('refuses the later of two equal names', async () => {
    const { items, refused } = await prepare('', '{"name":"a","v":1}', '{"name":"a","v":2}');
    expect(items.map(({ raw }) => raw.toString())).toEqual(['{"name":"a","v":1}']);
    expect(refused).toEqual([{ item: 'a', reason: 'the server lists this name twice' }]);
  });

  it('lets other work run between portions of a long list', async () => {
    let breaths = 0;
    const items = Array.from({ length: 1000 }, (_, i) => Buffer.from(`{"name":"t${i}"}`));
    await prepareItems(
      'tool',
      items,
      exposureOf({ name: 's' }),
      async () => void breaths++,
      anyForm,
    );
    expect(breaths).toBeGreaterThanOrEqual(10);
  });
});
