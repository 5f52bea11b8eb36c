import { describe, expect, it } from 'vitest';
import { mergeTools } from '../../../../plugins/mcp-aggregate/core/merge-tools.js';
import { prepareTools } from '../../../../plugins/mcp-aggregate/core/prepare-tools.js';

const breathe = () => Promise.resolve();
const prepare = (prefix: string, ...raw: string[]) =>
  prepareTools(
    raw.map((text) => Buffer.from(text)),
    prefix,
    breathe,
  );

describe('prepareTools', () => {
  it('replaces the name and keeps every other byte', async () => {
    const raw = '{\n "title": "name",\t"name" :"\\u0061", "n":1e400, "o":{"name":"z"}, "é":"\\/"}';
    const { tools } = await prepare('p__', raw);
    expect(tools[0]!.raw.toString()).toBe(raw.replace('"\\u0061"', '"p__a"'));
    expect(tools[0]).toMatchObject({ name: 'p__a', original: 'a' });
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
    const { tools, refused } = await prepare('p__', raw, '{"name":"ok"}');
    expect(tools.map(({ name }) => name)).toEqual(['p__ok']);
    expect(refused).toHaveLength(1);
  });

  it('refuses the later of two equal names', async () => {
    const { tools, refused } = await prepare('', '{"name":"a","v":1}', '{"name":"a","v":2}');
    expect(tools.map(({ raw }) => raw.toString())).toEqual(['{"name":"a","v":1}']);
    expect(refused).toEqual([{ tool: 'a', reason: 'the server lists this name twice' }]);
  });

  it('lets other work run between portions of a long list', async () => {
    let breaths = 0;
    const items = Array.from({ length: 1000 }, (_, i) => Buffer.from(`{"name":"t${i}"}`));
    await prepareTools(items, '', async () => void breaths++);
    expect(breaths).toBeGreaterThanOrEqual(10);
  });
});

describe('mergeTools', () => {
  it('keeps the order of servers and of their tools', async () => {
    const a = (await prepare('a_', '{"name":"2"}', '{"name":"1"}')).tools;
    const b = (await prepare('b_', '{"name":"0"}')).tools;
    const merged = mergeTools([
      { server: 'A', tools: a },
      { server: 'B', tools: b },
    ]);
    expect(merged.items.toString()).toBe('{"name":"a_2"},{"name":"a_1"},{"name":"b_0"}');
    expect(merged.owners.get('a_1')).toEqual({ server: 'A', original: '1' });
  });

  it('gives a name to the earlier server and reports the collision', async () => {
    const a = (await prepare('', '{"name":"x_y"}')).tools;
    const b = (await prepare('x_', '{"name":"y"}', '{"name":"z"}')).tools;
    const merged = mergeTools([
      { server: 'A', tools: a },
      { server: 'B', tools: b },
    ]);
    expect(merged.owners.get('x_y')).toEqual({ server: 'A', original: 'x_y' });
    expect(merged.items.toString()).toBe('{"name":"x_y"},{"name":"x_z"}');
    expect(merged.collisions).toEqual([{ server: 'B', tool: 'x_y', owner: 'A' }]);
  });

  it('of nothing is nothing', () => {
    expect(mergeTools([]).items.toString()).toBe('');
  });
});
