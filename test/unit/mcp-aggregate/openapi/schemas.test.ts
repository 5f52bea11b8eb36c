import { describe, expect, it } from 'vitest';
import { json, openapi, toolOf, convert } from '../../../support/openapi/convert.js';

/** What becomes of a schema of what is sent, as a whole body. */
function sent(schema: object, components: object = {}, version = '3.0.3') {
  const operation = { requestBody: json({ type: 'array', items: schema }), responses: {} };
  const more = { openapi: version, components: { schemas: components } };
  const { inputSchema } = toolOf(operation, { method: 'post', more }).listed;
  const body = inputSchema.properties['body'] as Record<string, unknown>;
  return { schema: body['items'], defs: inputSchema['$defs'] as Record<string, unknown> };
}

describe('schemas of 3.0 in the words of 2020-12', () => {
  it.each([
    [{ type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [
      { type: 'string', nullable: true, enum: ['a'] },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      { type: 'integer', minimum: 1, exclusiveMinimum: true },
      { type: 'integer', exclusiveMinimum: 1 },
    ],
    [
      { type: 'integer', maximum: 9, exclusiveMaximum: false },
      { type: 'integer', maximum: 9 },
    ],
    [
      { type: 'string', example: 'x', default: 'y' },
      { type: 'string', examples: ['x'], default: 'y' },
    ],
    [{ type: 'file' }, { type: 'string', format: 'binary' }],
    [{ type: 'any', 'x-own': 1, xml: {}, externalDocs: {} }, {}],
    [{ type: 'string', pattern: '(' }, { type: 'string' }],
    [
      { type: 'string', minLength: -1, maxLength: 'x', enum: [], required: true },
      { type: 'string' },
    ],
    [{ items: [{ type: 'string' }] }, { prefixItems: [{ type: 'string' }] }],
  ])('%j', (given, wanted) => {
    expect(sent(given).schema).toEqual(wanted);
  });

  it('keeps recursion as recursion', () => {
    const Node = { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } };
    const { schema, defs } = sent({ $ref: '#/components/schemas/Node' }, { Node });
    expect(schema).toEqual({ $ref: '#/$defs/Node' });
    expect(defs).toEqual({
      Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } },
    });
  });

  it('lets a nullable reference be null', () => {
    const { schema } = sent({ $ref: '#/components/schemas/A', nullable: true }, { A: {} });
    expect(schema).toEqual({ anyOf: [{ $ref: '#/$defs/A' }, { type: 'null' }] });
  });

  it('tells branches apart by the discriminator', () => {
    const mapping = { cat: '#/components/schemas/Cat', dog: 'Dog' };
    const { schema } = sent(
      {
        oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
        discriminator: { propertyName: 'kind', mapping },
      },
      { Cat: { type: 'object' }, Dog: { type: 'object' } },
    );
    const branch = (name: string, value: string) => ({
      $ref: `#/$defs/${name}`,
      properties: { kind: { enum: [value] } },
      required: ['kind'],
    });
    expect(schema).toEqual({ oneOf: [branch('Cat', 'cat'), branch('Dog', 'dog')] });
  });

  it('leaves out what only the server writes', () => {
    const properties = { id: { type: 'string', readOnly: true }, name: { type: 'string' } };
    const { schema } = sent({ type: 'object', required: ['id', 'name'], properties });
    expect(schema).toEqual({
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' } },
    });
  });

  it('takes names that all objects inherit for names', () => {
    const given = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{}}}',
    );
    expect(JSON.stringify(sent(given).schema)).toBe(
      '{"properties":{"__proto__":{"type":"string"},"constructor":{}},"type":"object"}',
    );
    expect(({} as Record<string, unknown>)['type']).toBeUndefined();
  });

  it('leaves parts open beyond 64 KiB of definitions, near ones kept', () => {
    const text = 'x'.repeat(2_000);
    const chain = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [
        `S${at}`,
        {
          type: 'object',
          description: text,
          properties: { next: { $ref: `#/components/schemas/S${at + 1}` } },
        },
      ]),
    );
    const { defs } = sent({ $ref: '#/components/schemas/S0' }, { ...chain, S100: {} });
    expect(JSON.stringify(defs).length).toBeLessThan(70_000);
    expect(defs['S0']).toMatchObject({ type: 'object' });
    expect(Object.values(defs).at(-1)).toEqual({});
  });
});

describe('operations at fault', () => {
  const get = (schema: unknown) => ({
    parameters: [{ name: 'q', in: 'query', schema }],
    responses: {},
  });

  it.each([
    [{ $ref: 'other.yaml#/X' }, 'only references within the document are followed'],
    [{ $ref: 'http://127.0.0.1:9/x.json' }, 'only references within the document are followed'],
    [{ $ref: '#/components/schemas/None' }, 'leads to nothing'],
    [{ $ref: '#/components/schemas/__proto__' }, 'leads to nothing'],
  ])('are left out alone: %j', (schema, why) => {
    const { tools, leftOut } = convert(
      openapi({ '/bad': { get: get(schema) }, '/good': { get: get({}) } }),
    );
    expect(tools.map(({ operation }) => operation)).toEqual(['GET /good']);
    expect(leftOut).toMatchObject([{ operation: 'GET /bad', isFault: true }]);
    expect(leftOut[0]!.reason).toContain(why);
  });

  it.each([
    ['/a/{b}', 'has {b}, which is no parameter of it'],
    ['/a?b=1', 'has a ? or #'],
    ['/a/../b', 'dots for a segment'],
    ['/a//b', '// or dots'],
    ['/%2e%2E/b', 'dots for a segment'],
    ['a', 'does not begin with /'],
  ])('have a path that cannot be sent: %s', (path, why) => {
    const { leftOut } = convert(openapi({ [path]: { get: { responses: {} } } }));
    expect(leftOut[0]!.reason).toContain(why);
  });
});

describe('output schemas', () => {
  const answers = (responses: object) => toolOf({ responses }).listed.outputSchema;
  const thing = { type: 'object', properties: { a: { type: 'string' } } };

  it('are there where each success is an object', () => {
    expect(answers({ 200: json(thing), 404: json({ type: 'string' }) })).toEqual(thing);
    expect(answers({ 200: json(thing), 201: json(thing) })).toEqual(thing);
    const other = { type: 'object', required: ['b'] };
    expect(answers({ 200: json(thing), 201: json(other) })).toEqual({
      type: 'object',
      anyOf: [thing, other],
    });
  });

  it.each([
    [{ 200: json({ type: 'array' }) }],
    [{ 200: json(thing), 204: { description: 'Nothing.' } }],
    [{ 200: { content: { 'text/plain': { schema: thing } } } }],
    [{ default: json(thing) }],
    [{ 200: json({ type: ['object', 'null'] }) }],
    [{ 200: json({ $ref: 'other.json' }) }],
  ])('are not there otherwise: %j', (responses) => {
    expect(answers(responses)).toBeUndefined();
  });

  it('are those of an object where a reference says so, and may be turned off', () => {
    const more = { components: { schemas: { Thing: thing } } };
    const operation = { responses: { 200: json({ $ref: '#/components/schemas/Thing' }) } };
    expect(toolOf(operation, { more }).listed.outputSchema).toEqual({
      type: 'object',
      anyOf: [{ $ref: '#/$defs/Thing' }],
      $defs: { Thing: thing },
    });
    expect(toolOf(operation, { more, outputSchemas: false }).listed.outputSchema).toBeUndefined();
  });

  it('let any branch fit', () => {
    const schema = { type: 'object', properties: { a: { oneOf: [{ type: 'string' }, {}] } } };
    const made = answers({ 200: json(schema) }) as Record<string, Record<string, unknown>>;
    expect(made['properties']!['a']).toEqual({ anyOf: [{ type: 'string' }, {}] });
  });
});
