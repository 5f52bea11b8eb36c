import fc from 'fast-check';

const blanks = fc.constantFrom('', ' ', '  ', '\t');
const numbers = fc.constantFrom('1.0', '1e2', '-0', '0.10', '12345678901234567890', '1E-7');
const words = fc.constantFrom('true', 'false', 'null', '[ ]', '[1,  2.50]');
const letters = fc.constantFrom(
  'a',
  'é',
  '\\u00e9',
  '\\/',
  '/',
  '世',
  '\\n',
  '\\uD83D\\uDE00',
  '😀',
);
const strings = fc.array(letters, { maxLength: 6 }).map((all) => `"${all.join('')}"`);
/** No two keys of an object are alike: that would be refused where a rule reads them. */
const keys = fc.integer({ min: 0, max: 1e9 }).map((number) => `"k${number} \\u00fc"`);

/**
 * Texts of JSON objects as no serializer of ours would write them: numbers with useless digits,
 * characters escaped that need not be, keys in any order, blanks in between.
 */
export const rawObjects: fc.Arbitrary<string> = fc.letrec<{ object: string; value: string }>(
  (tie) => ({
    value: fc.oneof({ maxDepth: 3 }, strings, numbers, words, tie('object')),
    object: fc
      .array(fc.tuple(keys, blanks, tie('value')), { maxLength: 4 })
      .map((members) => members.map(([key, blank, value]) => `${key}:${blank}${value}`))
      .map((members) => `{${members.join(', ')}}`),
  }),
).object;
