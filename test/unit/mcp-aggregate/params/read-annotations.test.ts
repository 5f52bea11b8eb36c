import { describe, expect, it } from 'vitest';
import { readAnnotations } from '../../../../plugins/mcp-aggregate/core/params/read-annotations.js';

const read = (schema: unknown) =>
  readAnnotations(Buffer.from(typeof schema === 'string' ? schema : JSON.stringify(schema)), true);
const properties = (inner: Readonly<Record<string, unknown>>, more = {}) => ({
  type: 'object',
  properties: inner,
  ...more,
});
const text = (header: unknown, more = {}) => ({ type: 'string', 'x-mcp-header': header, ...more });
const faultOf = (schema: unknown) => {
  const found = read(schema);
  return found !== undefined && 'reason' in found ? found.reason : found;
};

describe('readAnnotations', () => {
  it('finds annotated properties, nested ones too', () => {
    const found = read(
      properties({
        region: text('Region'),
        count: { type: 'integer', 'x-mcp-header': 'X-Count' },
        deep: properties({ dry: { type: 'boolean', 'x-mcp-header': 'Dry' }, other: {} }),
        Region: { type: 'string' },
      }),
    );
    expect(found).toMatchObject({
      all: [
        { path: 'region', header: 'Mcp-Param-Region', integer: false },
        { path: 'count', header: 'Mcp-Param-X-Count', integer: true },
        { path: 'deep.dry', header: 'Mcp-Param-Dry', integer: false },
      ],
    });
  });

  it.each([
    ['no schema of an object', '"x-mcp-header"'],
    ['a schema without annotations', properties({ a: { type: 'string' } })],
    ['the word in a description', properties({ a: { description: '"x-mcp-header"' } })],
    ['a property of that name', properties({ 'x-mcp-header': { type: 'string' } })],
    ['a value of that name', properties({ a: { default: { 'x-mcp-header': 'A' } } })],
    ['two equal names and no annotation', '{"a":"\\u0061","b":1,"b":2}'],
  ])('finds nothing in %s', (_, schema) => {
    expect(read(schema)).toBeUndefined();
  });

  it('reads an annotation that is written with escapes', () => {
    const schema = '{"properties":{"a":{"type":"string","x-mcp-\\u0068eader":"A"}}}';
    expect(read(schema)).toMatchObject({ all: [{ header: 'Mcp-Param-A' }] });
  });

  it.each([
    ['an empty name', text('')],
    ['a name with a space', text('My Region')],
    ['a name with a colon', text('Region:')],
    ['a name that is not ASCII', text('Région')],
    ['a name with a line break', text('Region\r\nX: y')],
    ['a name that is no string', text(1)],
    ['a name that is null', text(null)],
    ['an endless name', text('a'.repeat(129))],
    ['an object', { type: 'object', 'x-mcp-header': 'A' }],
    ['an array', { type: 'array', 'x-mcp-header': 'A' }],
    ['a number', { type: 'number', 'x-mcp-header': 'A' }],
    ['null', { type: 'null', 'x-mcp-header': 'A' }],
    ['several types', { type: ['string', 'null'], 'x-mcp-header': 'A' }],
    ['no type', { 'x-mcp-header': 'A' }],
  ])('refuses %s', (_, property) => {
    expect(faultOf(properties({ fine: text('Fine'), a: property }))).toMatch(/^x-mcp-header at a /);
  });

  it('refuses names that differ in case only, wherever they stand', () => {
    const schema = properties({ a: text('Region'), b: properties({ c: text('REGION') }) });
    expect(faultOf(schema)).toBe('x-mcp-header at b.c names REGION, as another does');
  });

  it.each([
    ['the root', { type: 'string', 'x-mcp-header': 'A' }],
    ['items', properties({ a: { items: properties({ b: text('B') }) } })],
    ['prefixItems', properties({ a: { prefixItems: [text('B')] } })],
    ['additionalProperties', properties({}, { additionalProperties: text('B') })],
    ['patternProperties', properties({}, { patternProperties: { '^x': text('B') } })],
    ['oneOf', properties({ a: { oneOf: [{ type: 'string' }, text('B')] } })],
    ['anyOf of the root', properties({}, { anyOf: [properties({ b: text('B') })] })],
    ['allOf', properties({ a: { allOf: [text('B')] } })],
    ['not', properties({ a: { not: text('B') } })],
    ['if', properties({}, { if: properties({ b: text('B') }) })],
    ['then', properties({}, { then: properties({ b: text('B') }) })],
    ['else', properties({}, { else: properties({ b: text('B') }) })],
    ['$defs, by $ref', properties({ a: { $ref: '#/$defs/r' } }, { $defs: { r: text('B') } })],
    ['definitions', properties({}, { definitions: { r: { $defs: { x: text('B') } } } })],
    ['dependentSchemas', properties({}, { dependentSchemas: { a: text('B') } })],
  ])('refuses an annotation under %s', (_, schema) => {
    expect(faultOf(schema)).toMatch(/^x-mcp-header .*stands where properties alone do not lead$/);
  });

  it('refuses what parsers would read differently, and more than anybody needs', () => {
    const twice = '{"properties":{"a":{"type":"string","x-mcp-header":"A","type":"number"}}}';
    expect(faultOf(twice)).toMatch(/has a name twice/);
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`p${n}`, text(`H${n}`)]));
    expect(faultOf(properties(many))).toBe('x-mcp-header at p32 stands at more than 32');
    const huge = Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`p${n}`, {}]));
    expect(faultOf(properties({ ...huge, a: text('A') }))).toMatch(/more than 4000 members/);
  });
});
