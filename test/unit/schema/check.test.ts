import { describe, expect, it } from 'vitest';
import { checkField } from '../../../schema/check/check.js';
import type { FieldSpec } from '../../../schema/fields.js';
import { luaPattern } from '../../../schema/check/lua-pattern.js';

const asIs = (reference: string): string => reference;
const errors = (spec: FieldSpec, value: unknown): unknown => checkField(spec, value, asIs).errors;

describe('a value is checked as Kong does', () => {
  it.each<[FieldSpec, unknown, unknown]>([
    [{ type: 'string' }, 5, 'expected a string'],
    [{ type: 'string' }, '', 'length must be at least 1'],
    [{ type: 'string', len_max: 4 }, '’a', undefined],
    [{ type: 'string', len_max: 4 }, '’’', 'length must be at most 4'],
    [{ type: 'string', len_min: 0 }, '', undefined],
    [{ type: 'integer' }, 1.5, 'expected an integer'],
    [{ type: 'boolean' }, 'yes', 'expected a boolean'],
    [{ type: 'array', elements: { type: 'string' } }, {}, 'expected an array'],
    [{ type: 'array', elements: { type: 'string' } }, ['a', 2], { 2: 'expected a string' }],
    [
      { type: 'array', elements: { type: 'string' }, len_max: 1 },
      ['a', 'b'],
      'length must be at most 1',
    ],
    [
      { type: 'map', keys: { type: 'string', match: '^%l+$' }, values: { type: 'string' } },
      { A: 'b' },
      'invalid value: A',
    ],
    [
      { type: 'map', keys: { type: 'string' }, values: { type: 'integer' } },
      { a: 'b' },
      { a: 'expected an integer' },
    ],
    [{ type: 'integer', between: [1, 3] }, 4, 'value should be between 1 and 3'],
    [{ type: 'number', gt: 0 }, 0, 'value must be greater than 0'],
    [{ type: 'string', starts_with: '/' }, 'a', 'should start with: /'],
    [{ type: 'string', required: true }, null, 'required field missing'],
    [{ type: 'string', default: 'a' }, undefined, undefined],
    [
      { type: 'record', fields: [{ a: { type: 'string', required: true } }] },
      { b: 1 },
      { a: 'required field missing', b: 'unknown field' },
    ],
  ])('%j with %j', (spec, value, expected) => {
    expect(errors(spec, value)).toEqual(expected);
  });

  it('and a vault reference is taken where a field allows it', () => {
    const spec: FieldSpec = { type: 'string', match: '^%d+$', referenceable: true };
    const reference = '{vault://env/number}';
    expect(checkField(spec, reference, () => '42')).toEqual({ value: '42' });
    expect(errors({ ...spec, referenceable: false }, reference)).toBe(
      `invalid value: ${reference}`,
    );
  });

  it.each([
    ['only_one_of', {}, true],
    ['only_one_of', { a: 'x' }, false],
    ['only_one_of', { a: 'x', b: 'y' }, true],
    ['mutually_exclusive', {}, false],
    ['mutually_exclusive', { a: 'x', b: 'y' }, true],
    ['at_least_one_of', {}, true],
    ['at_least_one_of', { b: 'y' }, false],
    ['mutually_required', { b: 'y' }, true],
    ['mutually_required', { a: 'x', b: 'y' }, false],
    ['no_such_check', {}, true],
  ])('%s of %j', (check, value, wrong) => {
    const fields = [{ a: { type: 'string' } }, { b: { type: 'string' } }] as const;
    const spec: FieldSpec = { type: 'record', fields, entity_checks: [{ [check]: ['a', 'b'] }] };
    expect(errors(spec, value) !== undefined).toBe(wrong);
  });
});

describe('a Lua pattern matches what it does in Lua', () => {
  it.each([
    ['^[%w][%w-]*$', ['a-b', '9'], ['-a', 'a b', '']],
    ['^https?://[^%s#?]+$', ['http://a', 'https://a/b'], ['http://a?b', 'http://a b', 'ftp://a']],
    ['^[!#-[%]^-~]+$', ['a:b', '#[]', '~'], ['a b', '"', '\\']],
    ['^[%w_.-]*$', ['', 'a_b.c-d'], ['a/b']],
    ['a.-b', ['axxb'], ['ba']],
    ['^%u+$', ['GET'], ['get', '']],
    ['^[^%W]+$', ['a1'], ['a-']],
    ['^[]]$', [']'], ['[']],
    ['%%%.', ['%.'], ['%a']],
  ])('%s', (pattern, taken, refused) => {
    const regex = luaPattern(pattern);
    expect(taken.filter((text) => !regex.test(text))).toEqual([]);
    expect(refused.filter((text) => regex.test(text))).toEqual([]);
  });
});
