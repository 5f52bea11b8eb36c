import fc from 'fast-check';

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

/** A number as it may be written, also where no double holds it. */
const numberText = fc.oneof(
  fc.stringMatching(/^-?(?:0|[1-9][0-9]{0,25})(?:\.[0-9]{1,6})?(?:[eE][+-]?[0-9]{1,3})?$/),
  fc.constantFrom('-0', '1e400', '-1E+400', '9007199254740993', '0.1000', '1e-400'),
);

const stringPiece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => JSON.stringify(text).slice(1, -1)),
  fc.stringMatching(/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})$/),
  fc.stringMatching(/^[a-zA-Z0-9_]{0,90}$/),
  fc.constantFrom('\\u006eame', '\\ud83d\\ude00', '\u2028', '\u007f', '\\\\', '\\"'),
);

/** A string literal, escaped in every way there is. */
export const stringText = fc
  .array(stringPiece, { maxLength: 4 })
  .map((pieces) => `"${pieces.join('')}"`);

function wrapped(open: string, items: fc.Arbitrary<string>, close: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(items, { maxLength: 5 }), space)
    .map(([list, inner]) => `${open}${list.length === 0 ? inner : list.join(',')}${close}`);
}

const tree = fc.letrec<{ value: string; padded: string; member: string; object: string }>(
  (tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.constantFrom('true', 'false', 'null'),
      numberText,
      stringText,
      wrapped('[', tie('padded'), ']'),
      tie('object'),
    ),
    padded: fc.tuple(space, tie('value'), space).map((parts) => parts.join('')),
    member: fc
      .tuple(space, stringText, space, tie('padded'))
      .map(([before, key, after, value]) => `${before}${key}${after}:${value}`),
    object: wrapped('{', tie('member'), '}'),
  }),
);

/** Any valid JSON text: every spelling of whitespace, escapes and numbers, duplicate keys too. */
export const jsonText = tree.padded;

/** An object, without whitespace around it. */
export const objectText = tree.object;

const telling = Buffer.from('{}[]:,"\\ \t\n0123456789-+.eEutrfalsn/\u0000\u001f\u007fé\ufeff');

/** JSON text with a few bytes changed, put in or taken out: mostly invalid, sometimes just valid. */
export const mutatedJson = fc
  .tuple(
    jsonText,
    fc.array(
      fc.record({
        at: fc.nat(),
        remove: fc.integer({ min: 0, max: 2 }),
        insert: fc.array(fc.oneof(fc.constantFrom(...telling), fc.integer({ min: 0, max: 255 })), {
          maxLength: 2,
        }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([text, changes]) => {
    let bytes = Buffer.from(text);
    for (const { at, remove, insert } of changes) {
      const start = at % (bytes.length + 1);
      const rest = bytes.subarray(start + remove);
      bytes = Buffer.concat([bytes.subarray(0, start), Buffer.from(insert), rest]);
    }
    return bytes;
  });
