import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemKind } from '../../../../../plugins/mcp-aggregate/core/items/item-kinds.js';
import { prepareItems } from '../../../../../plugins/mcp-aggregate/core/items/prepare-items.js';
import { UriSpace } from '../../../../../plugins/mcp-aggregate/core/uris/uri-space.js';
import { anyForm } from '../../../../support/aggregate/any-form.js';
import { exposureOf } from '../../../../support/aggregate/exposure.js';
import { jsonText } from '../../../lib/json/json-text.js';

const breathe = () => Promise.resolve();
const usual = exposureOf({ name: 's' });
const prepare = (kind: ItemKind, raws: readonly string[], exposure = usual) =>
  prepareItems(
    kind,
    raws.map((raw) => Buffer.from(raw)),
    exposure,
    breathe,
    anyForm,
  );
const only = async (kind: ItemKind, raw: string, exposure = usual) =>
  (await prepare(kind, [raw], exposure)).items[0]?.raw.toString();

describe('items of every kind', () => {
  it.each<[ItemKind, string, string]>([
    ['prompt', '{"title":"t","name" : "a b/ç"}', '{"title":"t","name" : "s__a b/ç"}'],
    ['resource', '{"uri":"x:\\u0061","name":"uri"}', '{"uri":"mcp+s+x:a","name":"uri"}'],
    ['template', '{"uriTemplate":"x:{a}","n":-0}', '{"uriTemplate":"mcp+s+x:{a}","n":-0}'],
    ['resource', '{"uri":"ui://a/b"}', '{"uri":"ui://mcp+s/a/b"}'],
  ])('%s: %s is shown as %s', async (kind, raw, shown) => {
    expect(await only(kind, raw)).toBe(shown);
  });

  it.each<[ItemKind, string]>([
    ['prompt', '{"name":""}'],
    ['prompt', '{"name":"a","NAME":"b"}'],
    ['resource', '{"name":"a"}'],
    ['resource', '{"uri":"a:\\ud800"}'],
    ['resource', `{"uri":"a:${'x'.repeat(4096)}"}`],
    ['template', '{"uri":"a:b"}'],
  ])('%s: %s is left out and said so', async (kind, raw) => {
    const { items, refused } = await prepare(kind, [raw]);
    expect([items.length, refused.length]).toEqual([0, 1]);
  });

  it.each<[string, RegExp]>([
    ['a\u0000', /^s__a_[0-9a-f]{8}$/],
    ['x'.repeat(126), /^s__x{52}_[0-9a-f]{8}$/],
  ])('of prompts named %j have a name derived from it', async (original, name) => {
    const { items } = await prepare('prompt', [JSON.stringify({ name: original })]);
    expect(items).toMatchObject([{ original, name: expect.stringMatching(name) as string }]);
  });

  it.each<[ItemKind, string, string]>([
    ['prompt', '{"name":""}', 'the name is empty'],
    ['resource', '{"uri":""}', 'the URI is empty'],
    ['resource', '{"uri":"a:\\u0001"}', 'the URI has control characters or lone surrogates'],
    [
      'resource',
      `{"uri":"a:${'x'.repeat(4096)}"}`,
      'with its server’s name the URI is longer than 4096 bytes',
    ],
  ])('%s: %j is refused for what is wrong with it', async (kind, raw, reason) => {
    expect((await prepare(kind, [raw])).refused).toMatchObject([{ reason }]);
  });

  it('keep every byte but the name, or the URI', async () => {
    const cases: readonly (readonly [ItemKind, string, string])[] = [
      ['tool', '"name":"n"', '"name":"s__n"'],
      ['prompt', '"name":"n"', '"name":"s__n"'],
      ['resource', '"uri":"u:n"', '"uri":"mcp+s+u:n"'],
      ['template', '"uriTemplate":"u:{n}"', '"uriTemplate":"mcp+s+u:{n}"'],
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...cases), jsonText, jsonText, async (one, a, b) => {
        const [kind, before, after] = one;
        const around = (middle: string) =>
          `{"inputSchema" :${a}, ${middle} ,"description":"${'x'.repeat(9)}","_meta":{"z":${b}}}`;
        expect(await only(kind, around(before))).toBe(around(after));
      }),
    );
  });

  it('have equal digests where they are equal, and different ones elsewhere', async () => {
    const digest = async (...raws: string[]) => (await prepare('prompt', raws)).digest;
    expect(await digest('{"name":"a"}')).toBe(await digest('{"name":"a"}'));
    expect(await digest('{"name":"a"}')).not.toBe(await digest('{"name":"a" }'));
    expect(await digest('{"name":"a"}', '{"name":"b"}')).not.toBe(await digest('{"name":"a"}'));
  });
});

describe('tools', () => {
  it.each([
    ['{"name":"a","execution":{"taskSupport":"optional"}}', '{"name":"s__a","execution":{}}'],
    [
      '{"name":"a","execution":{"x": 1 , "taskSupport":"optional" }}',
      '{"name":"s__a","execution":{"x": 1 }}',
    ],
    [
      '{"name":"a","execution":{ "taskSupport":"optional", "x":1}}',
      '{"name":"s__a","execution":{ "x":1}}',
    ],
    [
      '{"name":"a","execution":{"taskSupport":"forbidden"}}',
      '{"name":"s__a","execution":{"taskSupport":"forbidden"}}',
    ],
  ])('%s loses its offer of tasks alone', async (raw, shown) => {
    expect(await only('tool', raw)).toBe(shown);
  });

  it('that can only be called as tasks are left out', async () => {
    const raw = '{"name":"a","execution":{"taskSupport":"required"}}';
    const { items, refused } = await prepare('tool', [raw, '{"name":"b"}']);
    expect(items.map(({ name }) => name)).toEqual(['s__b']);
    expect(refused).toMatchObject([{ item: 'a', reason: expect.stringContaining('task') }]);
  });

  it('name the pages of their apps as clients find them', async () => {
    const meta = (uri: string) =>
      `"_meta":{"ui":{"resourceUri":"${uri}"},"ui/resourceUri":"${uri}"}`;
    expect(await only('tool', `{"name":"a",${meta('ui://w/v.html')}}`)).toBe(
      `{"name":"s__a",${meta('ui://mcp+s/w/v.html')}}`,
    );
  });

  it('with names above 64 characters are shown with a warning', async () => {
    const { items, warned } = await prepare('tool', [`{"name":"${'x'.repeat(62)}"}`]);
    expect(items).toHaveLength(1);
    expect(warned).toHaveLength(1);
    expect((await prepare('tool', [`{"name":"${'x'.repeat(61)}"}`])).warned).toEqual([]);
  });

  it('are renamed and described as configured, under their prefix', async () => {
    const overrides = new Map([
      ['a', { rename: 'better', description: 'Say "é".' }],
      ['b', { rename: undefined, description: 'New.' }],
    ]);
    const { items } = await prepare(
      'tool',
      ['{"description":"old","name":"a"}', '{"name":"b" }', '{"name":"c"}'],
      exposureOf({ name: 's', overrides }),
    );
    expect(items.map(({ raw }) => raw.toString())).toEqual([
      '{"description":"Say \\"é\\".","name":"s__better"}',
      '{"name":"s__b" ,"description":"New."}',
      '{"name":"s__c"}',
    ]);
    expect(items[0]).toMatchObject({ name: 's__better', original: 'a' });
  });

  it('renamed to a name the server has already are left out', async () => {
    const overrides = new Map([['b', { rename: 'a', description: undefined }]]);
    const exposure = exposureOf({ name: 's', overrides });
    const { items, refused } = await prepare('tool', ['{"name":"a"}', '{"name":"b"}'], exposure);
    expect([items.length, refused.length]).toEqual([1, 1]);
  });
});

describe('what is not shown', () => {
  it('is no news, and does not take the name of what is', async () => {
    const exposure = exposureOf({
      name: 's',
      tools: { allow: ['get_*'], deny: ['get_secret'] },
      overrides: new Map([['get_a', { rename: 'x', description: undefined }]]),
    });
    const raws = ['x', 'get_a', 'get_secret', 'set_a'].map((name) => `{"name":"${name}"}`);
    const { items, refused } = await prepare('tool', raws, exposure);
    expect(items.map(({ name, original }) => [name, original])).toEqual([['s__x', 'get_a']]);
    expect(refused).toEqual([]);
  });

  it('of resources goes by the server’s own URIs, of plain ones too', async () => {
    const resources = { allow: [], deny: ['test://secret/*'] };
    const uris = new UriSpace([{ name: 's', plainUris: true }]);
    const exposure = exposureOf({ name: 's', resources }, uris);
    const raws = ['test://secret/a', 'test://a'].map((uri) => `{"uri":"${uri}"}`);
    expect((await prepare('resource', raws, exposure)).items.map(({ name }) => name)).toEqual([
      'test://a',
    ]);
    const template = '{"uriTemplate":"test://secret/{id}"}';
    expect((await prepare('template', [template], exposure)).items).toEqual([]);
  });
});
