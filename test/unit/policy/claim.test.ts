import { describe, expect, it } from 'vitest';
import { claimAt } from '../../../lib/identity/claim-path.js';
import { claimPath, fulfils } from '../../../lib/policy/claim.js';
import type { ClaimCondition } from '../../../lib/policy/claim.js';

describe('a claim path', () => {
  it.each<[string, string[]]>([
    ['role', ['role']],
    ['realm_access.roles', ['realm_access', 'roles']],
    ['https://example\\.com/roles', ['https://example.com/roles']],
    ['a\\\\b.c', ['a\\b', 'c']],
    ['rôle.😀', ['rôle', '😀']],
  ])('%s names %j', (text, names) => {
    expect(claimPath('claim', text)).toEqual(names);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a\\b', 'a\\'])('%j is refused at start', (text) => {
    expect(() => claimPath('claim', text)).toThrow('claim: ');
  });

  it.each<[string, unknown]>([
    ['a', { b: { c: 1 } }],
    ['a.b.c', 1],
    ['a.b.c.d', undefined],
    ['a.x', undefined],
    ['list.0', undefined],
    ['list.length', undefined],
    ['text.length', undefined],
    ['constructor', undefined],
    ['a.constructor', undefined],
    ['a.__proto__', undefined],
    ['nothing.x', undefined],
  ])('%s finds %j, own members of objects only', (path, expected) => {
    const claims = { a: { b: { c: 1 } }, list: ['x'], text: 'abc', nothing: null };
    expect(claimAt(claims, claimPath('claim', path))).toEqual(expected);
  });
});

describe('a condition', () => {
  const values: unknown[] = ['x', ['x'], ['a', 'x'], 'ax', 7, '7', [7], true, null, undefined, {}];
  it.each<[string, ClaimCondition, unknown[]]>([
    ['equals x', { equals: 'x' }, ['x']],
    ['equals 7', { equals: '7' }, [7, '7']],
    ['equals true', { equals: 'true' }, [true]],
    ['contains x', { contains: 'x' }, ['x', ['x'], ['a', 'x']]],
    ['contains 7', { contains: '7' }, [7, '7', [7]]],
    ['one of a, 7', { oneOf: ['a', '7'] }, [['a', 'x'], 7, '7', [7]]],
    ['one of null, undefined', { oneOf: ['null', 'undefined', '[object Object]'] }, []],
  ])('%s holds for just these', (_what, condition, holding) => {
    expect(values.filter((value) => fulfils(value, condition))).toEqual(holding);
  });

  it('looks at case, and not inside elements', () => {
    expect(fulfils('X', { equals: 'x' })).toBe(false);
    expect(fulfils([['x']], { contains: 'x' })).toBe(false);
    expect(fulfils('admin user', { contains: 'admin' })).toBe(false);
  });
});
