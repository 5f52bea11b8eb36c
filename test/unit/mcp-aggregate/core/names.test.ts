import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixIndex, exposedName } from '../../../../plugins/mcp-aggregate/core/names.js';

describe('exposedName', () => {
  it.each([
    ['a__', 'b', 'a__b'],
    ['', 'b.c-d_E9', 'b.c-d_E9'],
    ['p', 'x'.repeat(127), `p${'x'.repeat(127)}`],
  ])('%j and %j make %j', (prefix, original, name) => {
    expect(exposedName(prefix, original)).toBe(name);
  });

  it.each([
    ['p', 'x'.repeat(128)],
    ['p', ''],
    ['', ''],
    ['p', 'a b'],
    ['p', 'a/b'],
    ['p', 'é'],
    ['p', 'a\n'],
  ])('%j and %j make no name', (prefix, original) => {
    expect(exposedName(prefix, original)).toBeUndefined();
  });
});

describe('PrefixIndex', () => {
  it('finds exactly the entries whose prefix begins the name, longest first', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 5 });
    fc.assert(
      fc.property(fc.array(text), text, (prefixes, name) => {
        const found = new PrefixIndex(prefixes, (prefix) => prefix).candidates(name);
        const expected = prefixes.filter((prefix) => name.startsWith(prefix));
        expect([...found].sort()).toEqual([...expected].sort());
        const lengths = found.map(({ length }) => length);
        expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
      }),
    );
  });
});
