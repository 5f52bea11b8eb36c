import {
  ListPromptsResultSchema,
  ListResourceTemplatesResultSchema,
  ListResourcesResultSchema,
  ListToolsResultSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { allKinds, itemKinds } from '../../../../../plugins/mcp-aggregate/core/items/item-kinds.js';
import { formFault } from '../../../../../plugins/mcp-aggregate/core/items/item-form.js';
import { prepareItems } from '../../../../../plugins/mcp-aggregate/core/items/prepare-items.js';
import { checkForms } from '../../../../../plugins/mcp-aggregate/upstream/large/check-forms.js';
import { largeJson } from '../../../../../plugins/mcp-aggregate/upstream/large/large-json.js';
import { exposureOf } from '../../../../support/aggregate/exposure.js';
import {
  arrayOutput,
  malformedItems,
  rightItems,
} from '../../../../support/upstreams/zoo/malformed-items.js';

const results = {
  tool: ListToolsResultSchema,
  prompt: ListPromptsResultSchema,
  resource: ListResourcesResultSchema,
  template: ListResourceTemplatesResultSchema,
};

describe('the form of an item', () => {
  it.each(malformedItems)('$kind $named is wrong, as it is to clients', ({ kind, raw, reason }) => {
    expect(formFault(kind, Buffer.from(raw))).toEqual({ reason, legacyOnly: false });
    const list: unknown = JSON.parse(`{"${itemKinds[kind].member}":[${raw}]}`);
    expect(results[kind].safeParse(list).success).toBe(false);
  });

  it('of an output that is no object is wrong to clients with sessions alone', () => {
    expect(formFault('tool', Buffer.from(arrayOutput.raw))).toMatchObject({ legacyOnly: true });
  });

  it.each(allKinds)('of a right %s is right', (kind) => {
    for (const raw of rightItems[kind]) expect(formFault(kind, Buffer.from(raw))).toBeUndefined();
  });

  it('is said briefly, however long the place is that is wrong', () => {
    const raw = `{"name":"a","inputSchema":{"type":"object","properties":{"${'k'.repeat(9999)}":1}}}`;
    expect(formFault('tool', Buffer.from(raw))!.reason.length).toBeLessThan(200);
  });
});

describe('checking the forms of a list', () => {
  const right = Buffer.from(rightItems.tool[0]!);
  const wrong = Buffer.from(malformedItems[0]!.raw);
  const large = Buffer.from(
    `{"name":"large","description":"${'d'.repeat(9000)}","inputSchema":null}`,
  );
  const fault = { reason: malformedItems[0]!.reason, legacyOnly: false };

  it('finds each fault by its place, here and on another thread', async () => {
    expect(await checkForms('tool', [right, wrong, right])).toEqual(new Map([[1, fault]]));
    const found = await checkForms('tool', [right, wrong, large, right]);
    const nulls = { reason: 'inputSchema: expected object, received null', legacyOnly: false };
    expect(found).toEqual(
      new Map([
        [1, fault],
        [2, nulls],
      ]),
    );
    const many = Array.from({ length: 20_000 }, (_, n) => (n % 1999 === 7 ? wrong : right));
    const places = [...(await checkForms('tool', many)).keys()];
    expect(places).toEqual([7, 2006, 4005, 6004, 8003, 10002, 12001, 14000, 15999, 17998, 19997]);
    await largeJson.close();
  });

  it('leaves out the wrong ones alone, by name, and every other byte as it was', async () => {
    const raws = [right, wrong, Buffer.from(arrayOutput.raw), Buffer.from(rightItems.tool[1]!)];
    const prepared = await prepareItems(
      'tool',
      raws,
      exposureOf({ name: 's', prefix: '' }),
      () => Promise.resolve(),
      checkForms,
    );
    const { items, refused, byName } = prepared;
    expect(items.map(({ raw }) => raw.toString())).toEqual([
      rightItems.tool[0],
      arrayOutput.raw,
      rightItems.tool[1],
    ]);
    expect(items.map(({ modernOnly }) => modernOnly)).toEqual([undefined, true, undefined]);
    expect(byName.has('no-schema')).toBe(false);
    expect(refused).toEqual([
      { item: 'no-schema', reason: fault.reason },
      { item: 'array-output', reason: arrayOutput.reason },
    ]);
  });

  it('looks at what clients would see: a description of the operator’s mends the own one', async () => {
    const overrides = new Map([['a', { rename: undefined, description: 'Mended.' }]]);
    const raw = Buffer.from('{"name":"a","description":null,"inputSchema":{"type":"object"}}');
    const prepared = await prepareItems(
      'tool',
      [raw],
      exposureOf({ name: 's', overrides }),
      () => Promise.resolve(),
      checkForms,
    );
    expect(prepared.items).toHaveLength(1);
  });
});
