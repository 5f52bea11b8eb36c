import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMember, objectMembers } from '../../../../lib/json/members.js';
import { fewNamed, lastNamed, namedMembers } from '../../../../lib/json/named-members.js';
import { validateJson } from '../../../../lib/json/scan.js';
import { removals, splice } from '../../../../lib/json/splice.js';
import { objectText, stringText } from './json-text.js';

/** A key of the protocol in one of its spellings, or one that only looks like it. */
const keyText = fc.oneof(
  fc.constantFrom(
    ...['"uri"', '"\\u0075ri"', '"ur\\u0069"', '"\\u0055ri"', '"URI"', '"uri\\u0000"', '"urI"'],
    ...['"u"', '""', '"a/b"', '"a\\/b"', '"a\\u002fb"', '"a\\u002Fb"', '"a\\nb"', '"_meta"'],
  ),
  stringText,
);
const keyed = fc
  .array(fc.tuple(keyText, objectText), { maxLength: 8 })
  .map((members) => `{ ${members.map(([key, value]) => `${key} : ${value}`).join(' , ')} }`);
const names = ['uri', 'a/b', '_meta', 'missing'];

describe('members that are looked for by name', () => {
  it('are those that all members hold, in whatever spelling', () => {
    fc.assert(
      fc.property(keyed, (text) => {
        const bytes = Buffer.from(text);
        const span = validateJson(bytes);
        const all = objectMembers(bytes, span);
        expect(namedMembers(bytes, span, ...names)).toEqual(
          all.filter(({ key }) => names.includes(key)),
        );
        const last = lastNamed(bytes, span, ...names);
        for (const name of names) expect(findMember(last, name)).toEqual(findMember(all, name));
        expect(new Set(last.map(({ key }) => key)).size).toBe(last.length);
      }),
    );
  });

  it('are not listed where they are more than anybody may send', () => {
    const bytes = Buffer.from('{"a":1,"x":0,"a":2,"b":3}');
    const span = validateJson(bytes);
    expect(fewNamed(bytes, span, 3, 'a', 'b')).toEqual(namedMembers(bytes, span, 'a', 'b'));
    expect(fewNamed(bytes, span, 2, 'a', 'b')).toBeUndefined();
    expect(fewNamed(bytes, span, 0, 'c')).toEqual([]);
  });

  it('are found among any number of others', () => {
    const others = Array.from({ length: 20_000 }, (_, n) => `"k${n}":0`).join(',');
    const bytes = Buffer.from(`{${others},"uri":"x:/y",${others}}`);
    expect(namedMembers(bytes, validateJson(bytes), 'uri')).toHaveLength(1);
  });

  it('are not looked for in what is no object', () => {
    const bytes = Buffer.from('["uri"]');
    expect(() => namedMembers(bytes, validateJson(bytes), 'uri')).toThrow(TypeError);
  });
});

describe('members that are taken out', () => {
  it('leave valid JSON, and every other member as it stood', () => {
    fc.assert(
      fc.property(keyed, (text) => {
        const bytes = Buffer.from(text);
        const span = validateJson(bytes);
        const left = splice(bytes, removals(bytes, namedMembers(bytes, span, ...names)));
        const raw = (of: Buffer) =>
          objectMembers(of, validateJson(of)).map(({ key, keySpan, value }) => [
            key,
            of.toString('utf8', keySpan.start, value.end),
          ]);
        expect(raw(left)).toEqual(raw(bytes).filter(([key]) => !names.includes(key!)));
      }),
    );
  });

  it('may be the first two', () => {
    const bytes = Buffer.from('{"inputResponses":{}, "requestState":"s", "name":"a"}');
    const own = objectMembers(bytes, validateJson(bytes)).slice(0, 2);
    expect(splice(bytes, removals(bytes, own)).toString()).toBe('{"name":"a"}');
  });
});
