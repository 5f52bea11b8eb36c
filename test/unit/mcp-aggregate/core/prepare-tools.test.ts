import { describe, expect, it } from 'vitest';
import { prepareItems } from '../../../../plugins/mcp-aggregate/core/prepare-items.js';
import { anyForm } from '../../../support/aggregate/any-form.js';
import { exposureOf } from '../../../support/aggregate/exposure.js';

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
    ['a name with other characters', '{"name":"a b"}'],
    ['a name that grows too long', `{"name":"${'x'.repeat(126)}"}`],
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
