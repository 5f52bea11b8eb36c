import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isToolName } from '../../../../../plugins/mcp-aggregate/core/items/names.js';
import { derivedName } from '../../../../../plugins/mcp-aggregate/core/items/derived-name.js';

describe('the name derived from one that clients cannot take', () => {
  it.each([
    ['elicit (form)', /^s__elicit_form_[0-9a-f]{8}$/],
    ['Über/größe', /^s__Uber_gro_e_[0-9a-f]{8}$/],
    ['检索', /^s__unnamed_[0-9a-f]{8}$/],
    ['x'.repeat(500), /^s__x{52}_[0-9a-f]{8}$/],
  ])('of %j can be read', (original, name) => {
    expect(derivedName('s__', original)).toMatch(name);
  });

  it('is the same in every release, as clients and rules keep it', () => {
    expect(derivedName('s__', 'elicit (form)')).toBe('s__elicit_form_c5f7fd20');
  });

  it('is legal and short whatever the original holds, and another for each original', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const name = derivedName('srv__', one)!;
        expect(isToolName(name)).toBe(true);
        expect(name.length).toBeLessThanOrEqual(64);
        if (one !== other) expect(derivedName('srv__', other)).not.toBe(name);
      }),
    );
  });

  it('keeps within 128 characters with a long prefix, or is none', () => {
    for (let length = 0; length <= 128; length++) {
      const name = derivedName('p'.repeat(length), 'some tool with a name');
      if (length > 118) expect(name).toBeUndefined();
      else expect(name!.length).toBeLessThanOrEqual(Math.max(64, Math.min(128, length + 25)));
    }
  });

  it('differs for lone surrogates, which all have the same UTF-8', () => {
    expect(derivedName('', '\ud800')).not.toBe(derivedName('', '\ud801'));
  });
});
