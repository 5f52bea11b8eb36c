import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arrayItems,
  decodeString,
  findMember,
  kindOf,
  objectMembers,
  TooManyMembersError,
} from '../../../../lib/json/members.js';
import { validateJson } from '../../../../lib/json/scan.js';
import { skipValue } from '../../../../lib/json/skip.js';
import type { Span } from '../../../../lib/json/types.js';
import { jsonText, objectText, stringText } from './json-text.js';

function rawAt(bytes: Buffer, { start, end }: Span): string {
  return bytes.toString('utf8', start, end);
}

function membersOf(text: string) {
  const bytes = Buffer.from(text);
  return { bytes, members: objectMembers(bytes, validateJson(bytes)) };
}

describe('objectMembers', () => {
  it('reads what JSON.parse reads, the last of equal keys included', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const { bytes, members } = membersOf(text);
        const read = members.map(({ key, value }) => [key, JSON.parse(rawAt(bytes, value))]);
        expect(Object.fromEntries(read)).toEqual(JSON.parse(text));
        for (const { key, keySpan } of members) {
          expect(JSON.parse(rawAt(bytes, keySpan))).toBe(key);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps order and duplicates, unescapes keys, and finds the last of equal ones', () => {
    const { bytes, members } = membersOf(' { "b" : 1 , "\\u0061":[2], "b":{"c":"}"} } ');
    expect(members.map((member) => member.key)).toEqual(['b', 'a', 'b']);
    expect(members.map((member) => member.kind)).toEqual(['number', 'array', 'object']);
    expect(rawAt(bytes, findMember(members, 'b')!.value)).toBe('{"c":"}"}');
    expect(findMember(members, 'c')).toBeUndefined();
  });

  it('takes __proto__ for a key like any other', () => {
    expect(membersOf('{"__proto__":1,"constructor":2}').members.map(({ key }) => key)).toEqual([
      '__proto__',
      'constructor',
    ]);
  });

  it('tells apart keys that look alike in bytes, however often they come', () => {
    const keys = ['\u00c3\u00a9', '\u00e9', 'e\u0301', 'n\\ame', 'n/ame', 'name', 'Name', 'name '];
    const text = JSON.stringify(Object.fromEntries(keys.map((key, i) => [key, i])));
    for (let round = 0; round < 3; round++) {
      expect(membersOf(text).members.map(({ key }) => key)).toEqual(keys);
    }
  });

  it('tells apart any number of keys of one length', () => {
    const keys = Array.from({ length: 5000 }, (_, i) => `key${String(i * 7919).padStart(9, '0')}`);
    const text = JSON.stringify(Object.fromEntries(keys.map((key) => [key, 0])));
    const bytes = Buffer.from(text);
    const members = objectMembers(bytes, validateJson(bytes), Infinity);
    expect(members.map(({ key }) => key)).toEqual(keys);
  });

  it('makes a list of a thousand members and no more', () => {
    const object = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n])));
    expect(membersOf(object(1_000)).members).toHaveLength(1_000);
    expect(() => membersOf(object(1_001))).toThrow(TooManyMembersError);
  });

  it('refuses a value that is no object', () => {
    expect(() => membersOf('[1]')).toThrow(TypeError);
  });
});

describe('arrayItems', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.array(jsonText, { maxLength: 6 }), (texts) => {
        const bytes = Buffer.from(`[${texts.join(',')}]`);
        const items = arrayItems(bytes, validateJson(bytes)).map((span) => rawAt(bytes, span));
        expect(items).toEqual(texts.map((text) => text.trim()));
      }),
    );
  });

  it('refuses a value that is no array', () => {
    const bytes = Buffer.from('{}');
    expect(() => arrayItems(bytes, { start: 0, end: 2 })).toThrow(TypeError);
  });
});

describe('skipping a value', () => {
  it('ends where validation ended', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const bytes = Buffer.from(text);
        const { start, end } = validateJson(bytes);
        expect(skipValue(bytes, start)).toBe(end);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['plain', 'a'.repeat(500)],
    ['of escaped quotes', '\\"'.repeat(500)],
    ['of backslashes', '\\\\'.repeat(500)],
    ['with an escaped quote late', `${'a'.repeat(200)}\\"${'b'.repeat(200)}\\\\`],
    ['with an escape over the 64th byte', `${'a'.repeat(62)}\\"${'b'.repeat(70)}\\"`],
  ])('ends a long string %s', (_what, inside) => {
    for (let shift = 0; shift < 70; shift++) {
      const text = `"${'x'.repeat(shift)}${inside}"`;
      expect(skipValue(Buffer.from(`${text},"`), 0)).toBe(text.length);
    }
  });

  it('skips a megabyte of escaped quotes in time that grows with its length', () => {
    const bytes = Buffer.from(`"${'\\"'.repeat(2_000_000)}"`);
    const begun = performance.now();
    expect(skipValue(bytes, 0)).toBe(bytes.length);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('decodeString', () => {
  it('decodes what JSON.parse decodes', () => {
    fc.assert(
      fc.property(stringText, (text) => {
        const bytes = Buffer.from(text);
        expect(decodeString(bytes, { start: 0, end: bytes.length })).toBe(JSON.parse(text));
      }),
    );
  });

  it('refuses a value that is no string', () => {
    expect(() => decodeString(Buffer.from('12'), { start: 0, end: 2 })).toThrow(TypeError);
  });
});

describe('kindOf', () => {
  it.each([
    ['{}', 'object'],
    ['[]', 'array'],
    ['""', 'string'],
    ['-1', 'number'],
    ['0', 'number'],
    ['true', 'boolean'],
    ['false', 'boolean'],
    ['null', 'null'],
  ])('says that %s is of kind %s', (text, kind) => {
    expect(kindOf(Buffer.from(text), { start: 0, end: text.length })).toBe(kind);
  });
});
