import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scopeHierarchy } from '../../../lib/policy/scope-hierarchy.js';

const expand = (implied: Record<string, string[]>, scopes: string[]) =>
  [...scopeHierarchy('scope_hierarchy', implied)(scopes)].sort();

describe('a scope hierarchy (A13)', () => {
  it('implies at any depth, and never upwards', () => {
    const implied = { admin: ['write'], write: ['read'], other: ['read', 'list'] };
    expect(expand(implied, ['admin'])).toEqual(['admin', 'read', 'write']);
    expect(expand(implied, ['write'])).toEqual(['read', 'write']);
    expect(expand(implied, ['read'])).toEqual(['read']);
    expect(expand(implied, ['admin', 'other'])).toEqual([
      'admin',
      'list',
      'other',
      'read',
      'write',
    ]);
    expect(expand(implied, ['unknown'])).toEqual(['unknown']);
  });

  it('knows no scopes by inheritance', () => {
    expect(expand({}, ['constructor', '__proto__'])).toEqual(['__proto__', 'constructor']);
  });

  it.each<[Record<string, string[]>, string]>([
    [{ a: ['a'] }, 'a → a'],
    [{ a: ['b'], b: ['c'], c: ['a'] }, 'a → b → c → a'],
    [{ x: ['a'], a: ['b'], b: ['a'] }, 'a → b → a'],
  ])('refuses %j at start, naming the circle', (implied, circle) => {
    expect(() => expand(implied, [])).toThrow(`scope_hierarchy: a scope implies itself: ${circle}`);
  });

  it('takes a diamond for what it is', () => {
    expect(expand({ a: ['b', 'c'], b: ['d'], c: ['d'] }, ['a'])).toEqual(['a', 'b', 'c', 'd']);
  });

  it('grants more for more scopes', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    // Implying only later letters makes no circle.
    const implied = fc
      .dictionary(names, fc.array(names))
      .map((map) =>
        Object.fromEntries(
          Object.entries(map).map(([key, list]) => [key, list.filter((name) => name > key)]),
        ),
      );
    fc.assert(
      fc.property(implied, fc.array(names), fc.array(names), (map, some, more) => {
        const all = expand(map, [...some, ...more]);
        expect(all).toEqual(expect.arrayContaining(expand(map, some)));
      }),
    );
  });
});
