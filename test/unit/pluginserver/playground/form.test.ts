import { describe, expect, it } from 'vitest';
import { pageModule } from '../../../support/browser/page-module.js';
import { xssCorpus } from '../../../support/hostile/xss-corpus.js';

interface Field {
  readonly name: string;
  readonly kind: string;
  readonly required: boolean;
  readonly initial: string;
  readonly choices?: readonly string[];
}
type Arguments = { readonly json?: string; readonly faults?: ReadonlyMap<number, string> };
interface Form {
  readonly fieldsOf: (schema: unknown) => readonly Field[] | undefined;
  readonly argumentsOf: (fields: readonly Field[], entered: readonly string[]) => Arguments;
  readonly argumentsOfText: (text: string) => { readonly json?: string; readonly fault?: string };
  readonly jsonText: (value: unknown, indent?: number) => string;
}

const { fieldsOf, argumentsOf, argumentsOfText, jsonText } =
  await pageModule<Form>('playground/form.mjs');

const kindsOf = (properties: unknown) =>
  fieldsOf({ type: 'object', properties })?.map(({ kind }) => kind);

describe('the form of a tool', () => {
  it('has an input of its own for simple types, and JSON for the rest', () => {
    const of = (schema: unknown) => kindsOf({ one: schema })?.[0];
    expect(of({ type: 'string' })).toBe('text');
    expect(of({ type: ['string', 'null'] })).toBe('text');
    expect(of({ type: 'number' })).toBe('number');
    expect(of({ type: 'integer' })).toBe('integer');
    expect(of({ type: 'boolean' })).toBe('boolean');
    expect(of({ enum: ['a', 1, null] })).toBe('choice');
    expect(of({ const: 1 })).toBe('choice');
    for (const other of [
      {},
      true,
      null,
      'string',
      { type: 'object' },
      { type: 'array' },
      { type: ['string', 'number'] },
      { type: 'toString' },
      { anyOf: [] },
      { $ref: '#/$defs/x' },
    ]) {
      expect(of(other), JSON.stringify(other)).toBe('json');
    }
  });

  it('is one text where there is no telling what the arguments are, or there are too many', () => {
    for (const schema of [
      undefined,
      null,
      [],
      'x',
      { $ref: '#/$defs/all' },
      { properties: [] },
      { properties: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`p${at}`, {}])) },
    ]) {
      expect(fieldsOf(schema)).toBeUndefined();
    }
    expect(fieldsOf({ type: 'object' })).toEqual([]);
  });

  it('begins with the defaults of the schema', () => {
    const fields = fieldsOf({
      properties: {
        text: { type: 'string', default: 'a' },
        number: { type: 'number', default: 1.5 },
        flag: { type: 'boolean', default: false },
        choice: { enum: ['a', 'b'], default: 'b' },
        other: { type: 'object', default: { a: 1 } },
        wrong: { type: 'string', default: 7 },
        none: { enum: ['a'], default: 'z' },
      },
    });
    expect(fields?.map(({ initial }) => initial)).toEqual([
      'a',
      '1.5',
      'false',
      '1',
      '{"a":1}',
      '',
      '',
    ]);
  });
});

describe('arguments', () => {
  const fields = fieldsOf({
    required: ['text', 'number'],
    properties: {
      text: { type: 'string' },
      free: { type: 'string' },
      number: { type: 'number' },
      whole: { type: 'integer' },
      flag: { type: 'boolean' },
      choice: { enum: [['a'], null] },
      any: {},
    },
  })!;

  it('are what was entered; what is empty is left out, but for a text that is needed', () => {
    expect(argumentsOf(fields, ['', '', '1', '', '', '', '']).json).toBe('{"text":"","number":1}');
    const all = ['"\n', 'x', ' -1.5e3 ', '90071992547409931', 'false', '1', '[{"b": 2}]'];
    expect(argumentsOf(fields, all).json).toBe(
      '{"text":"\\"\\n","free":"x","number":-1.5e3,"whole":90071992547409931,"flag":false,"choice":null,"any":[{"b": 2}]}',
    );
  });

  it('are refused by the field that is wrong', () => {
    const entered = ['', '', '', '1.0', '', '', '{'];
    expect([...argumentsOf(fields, entered).faults!]).toEqual([
      [2, 'is needed'],
      [3, 'must be a whole number'],
      [6, 'is no JSON'],
    ]);
    for (const wrong of ['01', '1,5', '0x10', 'NaN', '1}', '1,"a":2', '.5', '+1', '1_0']) {
      expect(argumentsOf(fields, ['', '', wrong]).faults?.get(2), wrong).toBe('must be a number');
    }
  });

  it('keep names and values what they are, whatever they are', () => {
    for (const hostile of xssCorpus) {
      const properties = JSON.parse(`{${JSON.stringify(hostile)}: {"type": "string"}}`) as object;
      const [field] = fieldsOf({ properties })!;
      const { json } = argumentsOf([field!], [hostile]);
      const read = JSON.parse(json!) as Record<string, unknown>;
      expect(Object.entries(read)).toEqual([[hostile, hostile]]);
    }
  });

  it('may be written as one JSON object', () => {
    expect(argumentsOfText('')).toEqual({ json: '{}' });
    expect(argumentsOfText(' {"a": 12345678901234567890} ').json).toBe(
      '{"a": 12345678901234567890}',
    );
    for (const wrong of ['[]', '1', '{', '{"a": 1},"b":{}', '"{}"', 'null']) {
      expect(argumentsOfText(wrong).fault, wrong).toBe('must be a JSON object');
    }
  });
});

it('JSON that is shown hides nothing and stays what it is', () => {
  const value = { a: '\u202eb\u0000\u{e0041}\ud800', 'x\u200b': [1] };
  const text = jsonText(value, 2);
  expect(text).not.toMatch(/[\u202e\u200b\u{e0041}\ud800]/u);
  expect(JSON.parse(text)).toEqual(value);
});
