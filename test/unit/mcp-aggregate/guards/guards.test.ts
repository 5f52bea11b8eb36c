import { describe, expect, it } from 'vitest';
import { readGuards } from '../../../../plugins/mcp-aggregate/config/guards.js';
import { UnfollowedAnswer } from '../../../../plugins/mcp-aggregate/core/guards/guard.js';
import { readAnswer } from '../../../../plugins/mcp-aggregate/core/guards/read-answer.js';
import { replaceTexts } from '../../../../plugins/mcp-aggregate/core/guards/replace-texts.js';
import { kongConfig } from '../../../support/aggregate/harness.js';

describe('answers of guards', () => {
  it.each([
    ['{"action":"allow"}', { action: 'allow' }],
    ['{"action":"deny"}', { action: 'deny', reason: undefined }],
    ['{"action":"deny","reason":1}', { action: 'deny', reason: undefined }],
    [`{"action":"deny","reason":"${'x'.repeat(600)}"}`, { reason: 'x'.repeat(512) }],
    [
      '{"action":"replace","replacements":[{"index":2,"text":"a"},{"path":"/a~1b/~0","text":""}]}',
      {
        replacements: [
          { path: ['content', '2', 'text'], text: 'a' },
          { path: ['a/b', '~'], text: '' },
        ],
      },
    ],
  ])('are read: %s', (text, expected) => {
    expect(readAnswer(text)).toMatchObject(expected);
  });

  it.each(['', 'null', '[]', '{}', '{"action":"Allow"}', '{"action":"deny","action":"allow"}'])(
    'are of no use: %s',
    (text) => {
      expect(() => readAnswer(text)).toThrow(expect.objectContaining({ name: 'GuardFault' }));
      expect(() => readAnswer(text)).not.toThrow(UnfollowedAnswer);
    },
  );

  it.each([
    '{"action":"replace"}',
    '{"action":"replace","replacements":[{"path":"a","text":"b"}]}',
    '{"action":"replace","replacements":[{"path":"/a~2","text":"b"}]}',
    '{"action":"replace","replacements":[{"path":"/a","text":1}]}',
    '{"action":"replace","replacements":["/a"]}',
    `{"action":"replace","replacements":[{"path":"${'/a'.repeat(600)}","text":""}]}`,
    `{"action":"replace","replacements":[${'{"index":0,"text":""},'.repeat(300)}{"index":0,"text":""}]}`,
  ])('want something else to pass, and cannot be followed: %s', (text) => {
    expect(() => readAnswer(text)).toThrow(UnfollowedAnswer);
  });
});

describe('replaced texts', () => {
  const raw = Buffer.from('{ "a" : ["x", {"b": "y\\u0041"}], "n": 1.50 }');

  it('leave all other bytes', () => {
    const made = replaceTexts('request', raw, [
      { path: ['a', '0'], text: '"' },
      { path: ['a', '1', 'b'], text: 'z' },
    ]);
    expect(made.toString()).toBe('{ "a" : ["\\"", {"b": "z"}], "n": 1.50 }');
  });

  it.each([
    [['n']],
    [['a']],
    [['a', '2']],
    [['a', '00']],
    [['z']],
    [['a', '0', 'x']],
    [['__proto__']],
  ])('are texts that are there, not %j', (path) => {
    expect(() => replaceTexts('request', raw, [{ path, text: '' }])).toThrow(UnfollowedAnswer);
  });

  it('are found among many members, and below many levels', () => {
    const members = Array.from({ length: 9_000 }, (_, n) => `"k${n}":"${n}"`).join(',');
    const deep = `${'['.repeat(400)}{${members}}${']'.repeat(400)}`;
    const path = [...Array.from({ length: 400 }, () => '0'), 'k8999'];
    const made = replaceTexts('request', Buffer.from(deep), [{ path, text: 'new' }]);
    expect(made.toString()).toBe(deep.replace('"8999"', '"new"'));
  });

  it('are replaced once', () => {
    const twice = { path: ['a', '0'], text: '' };
    expect(() => replaceTexts('request', raw, [twice, twice])).toThrow('one text twice');
  });

  it.each(['/content/0/type', '/_meta/x', '/resultType', '/content/0/annotations/x'])(
    'of a result are not %s',
    (path) => {
      const result = '{"content":[{"type":"text","annotations":{"x":"y"}}],"_meta":{"x":"y"}}';
      const given = [{ path: path.slice(1).split('/'), text: '' }];
      expect(() => replaceTexts('result', Buffer.from(result), given)).toThrow('something else');
    },
  );
});

describe('the configuration of guards', () => {
  const guard = {
    ...{ name: 'g', url: 'https://guard.example/ask', when: ['request'], tools: ['s__*', 'x'] },
    ...{ fail: 'closed', timeout: 2_000, max_body: 1_024, headers: {}, ssl_verify: true },
    allow_private_addresses: [],
  };
  const read = (...guards: readonly object[]) => readGuards(kongConfig([], { guards }));

  it('says which tools have which', () => {
    const set = read(guard, { ...guard, name: 'h', tools: ['x'] });
    const names = (tool: string) => set.of(tool)?.map(({ config }) => config.name);
    expect([names('s__a'), names('x'), names('y')]).toEqual([['g'], ['g', 'h'], undefined]);
    expect(read().of('x')).toBeUndefined();
  });

  it.each([
    [[guard, guard], 'is there twice'],
    [[{ ...guard, url: 'http://guard.example/' }], 'must use https'],
    [[{ ...guard, url: 'https://u:p@guard.example/' }], 'must not hold credentials'],
    [[{ ...guard, headers: { 'Content-Length': '1' } }], 'is set by the gateway'],
    [[{ ...guard, allow_private_addresses: ['all'] }], 'allow_private_addresses'],
  ])('is refused: %#', (guards, why) => {
    expect(() => read(...guards)).toThrow(why);
  });
});
