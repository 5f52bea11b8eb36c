import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectMembers } from '../../../../lib/json/members.js';
import { validateJson } from '../../../../lib/json/scan.js';
import { encodeString, splice, withMember, withMembers } from '../../../../lib/json/splice.js';
import { jsonText, objectText } from './json-text.js';

/** Raw text of each member, which shows spellings that a parsed value would hide. */
function rawMembers(bytes: Buffer): [string, string][] {
  return objectMembers(bytes, validateJson(bytes)).map(({ key, value }) => [
    key,
    bytes.toString('utf8', value.start, value.end),
  ]);
}

describe('splice', () => {
  it('changes the bytes of its edits and no other', () => {
    const cuts = fc.array(fc.tuple(fc.nat(12), fc.nat(8), fc.uint8Array({ maxLength: 5 })), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(cuts, fc.uint8Array({ maxLength: 9 }), fc.boolean(), (pieces, tail, reversed) => {
        const parts: Buffer[] = [];
        const wanted: Buffer[] = [];
        let at = 0;
        const edits = pieces.map(([gap, size, replacement], index) => {
          const keep = Buffer.alloc(gap + 1, index + 1);
          parts.push(keep, Buffer.alloc(size, 0xee));
          wanted.push(keep, Buffer.from(replacement));
          const start = at + gap + 1;
          at = start + size;
          return { span: { start, end: at }, replacement: Buffer.from(replacement) };
        });
        if (reversed) edits.reverse();
        const result = splice(Buffer.concat([...parts, tail]), edits);
        expect(result).toEqual(Buffer.concat([...wanted, tail]));
      }),
    );
  });

  it('answers a copy: neither later writes to it nor to its source reach the other', () => {
    const source = Buffer.from('abc');
    const copy = splice(source, []);
    source[0] = 0x7a;
    expect(copy.toString()).toBe('abc');
  });

  it('inserts at an empty span, in the order given, before a replacement that begins there', () => {
    const edits = [
      { span: { start: 1, end: 2 }, replacement: 'X' },
      { span: { start: 1, end: 1 }, replacement: 'é' },
      { span: { start: 1, end: 1 }, replacement: Buffer.from('2') },
    ];
    expect(splice(Buffer.from('abc'), edits).toString()).toBe('aé2Xc');
  });

  it.each([
    ['overlap', [1, 3], [2, 4]],
    ['contain one another', [0, 4], [1, 2]],
    ['are the same', [1, 3], [1, 3]],
    ['put an insertion into a replacement', [0, 4], [2, 2]],
    ['end beyond the bytes', [0, 1], [3, 9]],
    ['begin before the bytes', [-1, 1], [2, 3]],
    ['run backwards', [3, 2], [4, 4]],
  ])('refuses edits that %s', (_what, first, second) => {
    const edits = [first, second].map(([start, end]) => ({
      span: { start: start!, end: end! },
      replacement: '-',
    }));
    expect(() => splice(Buffer.from('abcd'), edits)).toThrow(RangeError);
    expect(() => splice(Buffer.from('abcd'), edits.reverse())).toThrow(RangeError);
  });
});

describe('withMembers', () => {
  it.each([
    ['{}', '{"b":2,"a":1}'],
    ['{ "c":0}', '{"b":2,"a":1, "c":0}'],
    ['{"a":0}', '{"b":2,"a":1}'],
    ['{"b":0,"a":0,"b":0}', '{"b":0,"a":1,"b":2}'],
  ])('of %s sets several at once', (text, wanted) => {
    const bytes = Buffer.from(text);
    const span = validateJson(bytes);
    const entries = [['b', '2'] as const, ['a', Buffer.from('1')] as const];
    const result = withMembers(bytes, span, objectMembers(bytes, span), entries);
    expect(result.toString()).toBe(wanted);
  });
});

describe('withMember', () => {
  it('sets one member and leaves the bytes of all others', () => {
    fc.assert(
      fc.property(
        objectText,
        jsonText,
        fc.string({ unit: 'binary', maxLength: 4 }),
        fc.nat(),
        (text, value, newKey, pick) => {
          const bytes = Buffer.from(text);
          const members = objectMembers(bytes, validateJson(bytes));
          const key = pick % 3 === 0 ? newKey : (members[pick % (members.length || 1)]?.key ?? '');
          const result = withMember(bytes, validateJson(bytes), members, key, value.trim());

          const before = rawMembers(bytes);
          const place = before.findLastIndex(([name]) => name === key);
          if (place === -1) before.unshift([key, value.trim()]);
          else before[place] = [key, value.trim()];
          expect(rawMembers(result)).toEqual(before);
          const parsed = JSON.parse(text) as Record<string, unknown>;
          const changed = Object.entries(parsed).filter(([name]) => name !== key);
          expect(JSON.parse(result.toString())).toEqual(
            Object.fromEntries([...changed, [key, JSON.parse(value)]]),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps numbers that no double holds, escapes and spacing around the change', () => {
    const text =
      '{ "n\\u0061me" : "a" ,\n "id":9007199254740993,"x":[1e400,-0,1.10,"\\/\\ud800"] }';
    const bytes = Buffer.from(text);
    const span = validateJson(bytes);
    const result = withMember(bytes, span, objectMembers(bytes, span), 'name', '"b"');
    expect(result.toString()).toBe(text.replace('"a"', '"b"'));
  });

  it('works on an object inside a larger text', () => {
    const bytes = Buffer.from('[{"a":1},{}]');
    const span = { start: 9, end: 11 };
    const result = withMember(bytes, span, objectMembers(bytes, span), 'k"', Buffer.from('{}'));
    expect(result.toString()).toBe('[{"a":1},{"k\\"":{}}]');
  });

  it('replaces a value 500 levels deep in place', () => {
    const deep = `${'['.repeat(500)}${']'.repeat(500)}`;
    const bytes = Buffer.from(`{"a":${deep},"b":1}`);
    const span = validateJson(bytes);
    const result = withMember(bytes, span, objectMembers(bytes, span), 'b', deep);
    expect(result.toString()).toBe(`{"a":${deep},"b":${deep}}`);
  });
});

describe('encodeString', () => {
  it('writes a literal that decodes to the same text, and is valid UTF-8 for any text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
        }),
        (text) => {
          const bytes = Buffer.from(encodeString(text));
          validateJson(bytes);
          expect(JSON.parse(bytes.toString())).toBe(text);
        },
      ),
    );
  });
});
