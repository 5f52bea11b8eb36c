import fc from 'fast-check';
import { expect, it } from 'vitest';
import { labelText } from '../../../../lib/metrics/family.js';
import { readLabels } from '../../../../lib/metrics/label-text.js';

it('reads what is written, whatever the values are', () => {
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('"', '\\', '\n', ',', '=', 'n') }),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (values) => {
      const names = values.map((_, at) => `label_${at}`);
      const expected = Object.fromEntries(names.map((name, at) => [name, values[at]]));
      expect(readLabels(labelText(names, values))).toEqual(expected);
    }),
  );
});
