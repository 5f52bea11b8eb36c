import { describe, expect, it } from 'vitest';
import { replyJson } from '../../../../lib/outbound/reply-json.js';

const members = (count: number) =>
  `{${Array.from({ length: count }, (_, n) => `"k${n}":0`).join(',')}}`;

describe("an authorization server's answer", () => {
  it('is read as JSON', () => {
    expect(replyJson('{"active":true,"aud":["a"]}')).toEqual({ active: true, aud: ['a'] });
    expect(Object.keys(replyJson(members(5_000)) as object)).toHaveLength(5_000);
  });

  it.each([
    ['more than 5,000 members', members(5_001)],
    ['more than 5,000 members in all objects', `[${members(3_000)},${members(3_000)}]`],
    ['more than 5,000 lists in a list', `[${'[],'.repeat(5_000)}[]]`],
    ['more than 5,000 objects in a list', `[${'{},'.repeat(5_000)}{}]`],
    ['a name twice', '{"active":false,"active":true}'],
    ['a name twice, once escaped', '{"active":false,"\\u0061ctive":true}'],
    ['deep nesting', '['.repeat(33) + ']'.repeat(33)],
    ['a byte order mark', '\ufeff{}'],
    ['no JSON', '<html>'],
  ])('is refused with %s', (_, text) => {
    expect(() => replyJson(text)).toThrow();
  });
});
