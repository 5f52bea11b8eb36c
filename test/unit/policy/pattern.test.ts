import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wildcard } from '../../../lib/policy/pattern.js';

describe('a pattern', () => {
  it.each<[string, string, boolean]>([
    ['a__b', 'a__b', true],
    ['a__b', 'a__bc', false],
    ['a__b', 'xa__b', false],
    ['', '', true],
    ['*', '', true],
    ['*', 'anything', true],
    ['a__*', 'a__', true],
    ['a__*', 'a_', false],
    ['*_delete', 'files_delete', true],
    ['*_delete', 'files_delete_all', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a*bc*c', 'abc', false],
    ['**', 'x', true],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
    ['A', 'a', false],
  ])('%j on %j: %j', (pattern, text, expected) => {
    expect(wildcard(pattern)(text)).toBe(expected);
  });

  it('means what the same regular expression means', () => {
    const letters = fc.stringMatching(/^[ab]{0,6}$/);
    const patterns = fc.stringMatching(/^[ab*]{0,6}$/);
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);
        expect(wildcard(pattern)(text)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no longer on hostile text', () => {
    const test = wildcard(`${'*a'.repeat(64)}b`);
    const started = performance.now();
    expect(test('a'.repeat(1_000_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
