import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalNumber } from '../../../../lib/json/canonical-number.js';
import { canonicalJson, readableJson } from '../../../../lib/json/canonical.js';
import { validateJson } from '../../../../lib/json/scan.js';

const canonical = (text: string) => canonicalJson(Buffer.from(text));
const same = (a: string, b: string) => expect(canonical(a)).toBe(canonical(b));
const differ = (a: string, b: string) => expect(canonical(a)).not.toBe(canonical(b));

const deep = (inner: string) => `${'['.repeat(50)}${inner}${']'.repeat(50)}`;

describe('canonical JSON', () => {
  it('does not count what only the spelling is', () => {
    same('{"b":1,"a":[ true , null ]}', ' {\n"a":[true,null],"b":1}');
    same('"A\\u00e9\\/\\n"', '"\\u0041é/\\u000a"');
    same('{"\\u0061":1}', '{"a":1}');
    same('"\\ud83d\\ude00"', '"😀"');
  });

  it.each([
    ['100', '1e2'],
    ['100', '100.0'],
    ['1.50', '15e-1'],
    ['0', '0.0e9'],
    ['-0', '-0.00'],
    ['1e0005', '100000'],
    ['0.001', '1E-3'],
  ])('knows one number for %s and %s', same);

  it.each([
    ['9007199254740992', '9007199254740993'],
    ['0.1', '0.10000000000000000001'],
    ['0', '-0'],
    ['1e400', '1e401'],
    ['1', '"1"'],
    ['1e99999999999999999', '1e99999999999999998'],
    ['"\\ud800"', '"\ufffd"'],
    ['"e\u0301"', '"é"'],
    ['{"a":1}', '{"A":1}'],
    ['{"a":null}', '{}'],
    ['[1,2]', '[2,1]'],
  ])('keeps %s and %s apart', differ);

  it('keeps the order of members that some reader takes for one', () => {
    differ('{"a":1,"a":2}', '{"a":2,"a":1}');
    differ('{"a":1,"a":1}', '{"a":1}');
    differ('{"name":1,"Name":2}', '{"Name":2,"name":1}');
    differ('{"k":1,"\u212a":2}', '{"\u212a":2,"k":1}');
    same('{"z":0,"a":1,"a":2}', '{"a":1,"z":0,"a":2}');
  });

  it('is the same for equal values and no others, however they are written', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), fc.integer({ min: 0, max: 3 }), (a, b, indent) => {
        const [x, y] = [JSON.parse(a), JSON.parse(b)] as [unknown, unknown];
        same(a, JSON.stringify(x, undefined, indent));
        const equal = canonical(a) === canonical(b);
        expect(equal).toBe(canonical(JSON.stringify(x)) === canonical(JSON.stringify(y)));
      }),
    );
  });

  it('is valid JSON of the same value where numbers are plain', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const said = canonical(text);
        validateJson(Buffer.from(said));
        expect(canonical(said)).toBe(said);
      }),
    );
  });

  it('orders numbers by nothing but their value', () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,30}$/);
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 20 }), (text, zeros) => {
        const spelled = `${text}${'0'.repeat(zeros)}`;
        expect(canonicalNumber(`${text}e${zeros}`)).toBe(canonicalNumber(spelled));
        expect(canonicalNumber(`${spelled}.000`)).toBe(canonicalNumber(`${spelled}`));
        expect(canonicalNumber(`${text}1`)).not.toBe(canonicalNumber(text));
      }),
    );
  });
});

describe('JSON for people', () => {
  it('shows what cannot be seen, and reads back as the same', () => {
    const text = '{"b":"a\u200bb\u{e0041}\u202e\ufe0f","a":[1.0,{}],"c":[]}';
    const shown = readableJson(Buffer.from(text), '  ');
    expect(shown).toBe(
      '{\n    "a": [\n      1.0,\n      {}\n    ],\n    "b": "a\\u200bb\\udb40\\udc41\\u202e\\ufe0f",\n    "c": []\n  }',
    );
    same(shown, text);
  });

  it.each([
    ['nests', (n: number) => `[${'['.repeat(50)}${']'.repeat(50)}${',[]'.repeat(n)}]`, 'lines'],
    ['nests of nests', (n: number) => deep(`0${',0'.repeat(n)}`), 'one line'],
    ['objects in nests', (n: number) => deep(`{}${',{"a":{"b":{}}}'.repeat(n)}`), 'one line'],
    ['tags', (n: number) => `"${'\u{e0041}'.repeat(n)}"`, 'one line'],
  ])('is no more than six times its bytes: %s', (_, make, expected) => {
    const text = make(20_000);
    const shown = readableJson(Buffer.from(text), '      ');
    expect(Buffer.byteLength(shown)).toBeLessThan(6 * Buffer.byteLength(text));
    expect(shown.includes('\n') ? 'lines' : 'one line').toBe(expected);
    same(shown, text);
  });

  it('does so for any value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        same(readableJson(Buffer.from(text)), text);
      }),
    );
  });
});
