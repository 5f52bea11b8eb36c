import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixIndex, isToolName } from '../../../../plugins/mcp-aggregate/core/names.js';

describe('isToolName', () => {
  it.each(['a__b', 'b.c-d_E9', 'x'.repeat(128)])('takes %j', (name) => {
    expect(isToolName(name)).toBe(true);
  });

  it.each(['x'.repeat(129), '', 'a b', 'a/b', 'é', 'a\n'])('refuses %j', (name) => {
    expect(isToolName(name)).toBe(false);
  });
});

describe('PrefixIndex', () => {
  it('finds exactly the entries whose prefix begins the name, in their order', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 5 });
    fc.assert(
      fc.property(fc.array(text), text, (prefixes, name) => {
        const found = new PrefixIndex(prefixes, (prefix) => prefix).candidates(name);
        const expected = prefixes.filter((prefix) => name.startsWith(prefix));
        expect(found).toEqual(expected);
      }),
    );
  });
});
