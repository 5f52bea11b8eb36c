import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixIndex, isToolName } from '../../../../../plugins/mcp-aggregate/core/items/names.js';

describe('isToolName', () => {
  it.each(['a__b', 'b.c-d_E9', 'x'.repeat(128)])('takes %j', (name) => {
    expect(isToolName(name)).toBe(true);
  });

  it.each(['x'.repeat(129), '', 'a b', 'a/b', 'é', 'a\n'])('refuses %j', (name) => {
    expect(isToolName(name)).toBe(false);
  });
});

describe('PrefixIndex', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 5 });

  it('gives a name to the longest prefix that fits it, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text), text, (prefixes, name) => {
        const [longest] = prefixes
          .filter((prefix) => name.startsWith(prefix))
          .sort((a, b) => b.length - a.length);
        expect(new PrefixIndex(prefixes, (prefix) => prefix).ownerOf(name)).toBe(longest);
      }),
    );
  });

  it('knows which prefixes others go on from', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text), text, (prefixes, prefix) => {
        const longer = prefixes.some((other) => other !== prefix && other.startsWith(prefix));
        expect(new PrefixIndex(prefixes, (one) => one).isPartOfLonger(prefix)).toBe(longer);
      }),
    );
  });
});
