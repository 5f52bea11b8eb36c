import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayItems, kindOf, objectMembers } from '../../../../lib/json/members.js';
import { namesOnce } from '../../../../lib/json/names-once.js';
import { validateJson } from '../../../../lib/json/scan.js';
import type { Span } from '../../../../lib/json/types.js';
import { jsonText } from './json-text.js';

/** The same, object by object. */
function eachObjectNamesOnce(bytes: Buffer, span: Span): boolean {
  const kind = kindOf(bytes, span);
  if (kind === 'array') {
    return arrayItems(bytes, span).every((item) => eachObjectNamesOnce(bytes, item));
  }
  if (kind !== 'object') return true;
  const members = objectMembers(bytes, span);
  if (new Set(members.map(({ key }) => key)).size < members.length) return false;
  return members.every(({ value }) => eachObjectNamesOnce(bytes, value));
}

const holds = (text: string, most = 100) => {
  const bytes = Buffer.from(text);
  validateJson(bytes);
  return namesOnce(bytes, most);
};

describe('a JSON text', () => {
  it('names each member once exactly where each of its objects does', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const bytes = Buffer.from(text);
        expect(namesOnce(bytes, 10_000)).toBe(eachObjectNamesOnce(bytes, validateJson(bytes)));
      }),
    );
  });

  it.each([
    ['{"a":1,"a":2}', false],
    ['{"a":1,"\\u0061":2}', false],
    ['{"x":[{"b":{"a":1,"c":[],"a":2}}]}', false],
    ['{"a":{"a":{"a":["a","a"]}},"b":"a"}', true],
    ['[{"a":1},{"a":1}]', true],
    ['{"a":"b","b":"\\":","c":["a" , "a"]}', true],
    ['"a"', true],
  ])('%s: %s', (text, once) => {
    expect(holds(text)).toBe(once);
  });

  it('has no more members than it may, in all its objects together', () => {
    const text = JSON.stringify(Array.from({ length: 10 }, () => ({ a: { b: 1 } })));
    // Ten elements, each with a member that has one.
    expect(holds(text, 30)).toBe(true);
    expect(holds(text, 29)).toBe(false);
  });
});
