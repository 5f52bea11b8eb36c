import { describe, expect, it } from 'vitest';
import { ArgumentChecks } from '../../../../plugins/mcp-aggregate/core/openapi/check/argument-checks.js';
import { linearPattern } from '../../../../plugins/mcp-aggregate/core/openapi/check/linear-pattern.js';
import { convert, json, openapi } from '../../../support/openapi/convert.js';

const get = { get: { responses: {} } };
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`/p${at}`, get]));

/** CPU seconds of this process for `work`, whatever the machine else does. */
function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

describe('documents that are none', () => {
  it.each([
    ['', 'not an object'],
    ['[]', 'not an object'],
    ['{"openapi":"3.0.0"}', 'has no paths'],
    ['{"openapi":"4.0.0","paths":{}}', 'no OpenAPI 3.0, 3.1 or 3.2'],
    ['{"openapi":"3.0.0","paths":{}', 'not JSON'],
    ['openapi: "3.0.0"\n  x: [', 'not YAML'],
    [
      '{"openapi":"3.0.0","paths":{},"x":' + '['.repeat(200) + ']'.repeat(200) + '}',
      'nesting deeper than 128',
    ],
    ['openapi: 3.0.0\npaths: {}\nx: ' + '['.repeat(200) + ']'.repeat(200), 'more than 128 levels'],
    [JSON.stringify(openapi(many(20_000))), 'more than 5000 operations'],
    [JSON.stringify(openapi(many(1_500))), '1000 are the most'],
    ['{"x":"' + 'a'.repeat(17_000_000) + '"}', 'more than 16777216 bytes'],
    ['x: "' + 'a'.repeat(9_000_000) + '"', 'in YAML it may have'],
  ])('are refused: %.60s', (text, why) => {
    expect(() => convert(text)).toThrow(why);
  });

  it('are refused where anchors would make them huge, or endless', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let at = 1; at < 9; at++) {
      lines.push(`a${at}: &a${at} [${Array.from({ length: 10 }, () => `*a${at - 1}`).join(',')}]`);
    }
    expect(() => convert(`openapi: 3.0.0\npaths: {}\n${lines.join('\n')}`)).toThrow(
      /alias|more than/,
    );
    expect(() => convert('openapi: 3.0.0\npaths: {}\nx: &x\n  y: *x')).toThrow(
      /levels deep|not YAML/,
    );
  });
});

describe('documents that go round', () => {
  it('are read: references to references, paths that refer to each other', () => {
    const schemas = {
      A: { $ref: '#/components/schemas/B' },
      B: { $ref: '#/components/schemas/A' },
    };
    const paths = {
      '/a': { $ref: '#/paths/~1b' },
      '/b': { $ref: '#/paths/~1a' },
      '/c': { get: { responses: { 200: json({ $ref: '#/components/schemas/A' }) } } },
    };
    const { tools, leftOut } = convert(openapi(paths, { components: { schemas } }));
    expect(tools.map(({ operation }) => operation)).toEqual(['GET /c']);
    expect(leftOut.map(({ reason }) => reason)).toEqual(
      Array(2).fill('its references lead round in a circle'),
    );
  });

  it('take time by their size, however often things refer to each other', () => {
    const names = Array.from({ length: 200 }, (_, at) => `S${at}`);
    const refs = names.map((name) => ({ $ref: `#/components/schemas/${name}` }));
    const schemas = Object.fromEntries(names.map((name) => [name, { anyOf: refs, allOf: refs }]));
    const body = {
      requestBody: json({ $ref: '#/components/schemas/S0' }),
      responses: { 200: json(refs[1]) },
    };
    const paths = Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [`/p${at}`, { post: body }]),
    );
    const seconds = cpuSeconds(() => convert(openapi(paths, { components: { schemas } })));
    expect(seconds).toBeLessThan(5);
  });
});

describe('patterns of documents', () => {
  it('match as JavaScript’s do, where both know them', () => {
    for (const [pattern, texts] of [
      ['^[a-z]+$', ['abc', 'aBc', '']],
      ['\\d{2}', ['a12b', '1']],
      ['^\\u0041\\/b$', ['A/b', 'a/b']],
      ['^\\p{L}+$', ['Zoë', '1']],
      ['(?<year>\\d+)-x', ['2026-x', '-x']],
    ] as const) {
      const own = new RegExp(pattern, 'u');
      for (const text of texts) expect(linearPattern(pattern).test(text)).toBe(own.test(text));
    }
  });

  it('that go back and forth in JavaScript take linear time', () => {
    const checks = new ArgumentChecks();
    const schema = JSON.stringify({
      type: 'object',
      properties: {
        a: { type: 'string', pattern: '^(a+)+$' },
        b: { type: 'string', pattern: '^b$' },
      },
    });
    const faults = (given: object) => checks.faults('key', () => schema, given);
    const seconds = cpuSeconds(() => {
      expect(faults({ a: `${'a'.repeat(10_000)}!` })).toEqual(['a must match pattern "^(a+)+$"']);
    });
    expect(seconds).toBeLessThan(2);
    expect(faults({ a: 'aaa', b: 'b' })).toEqual([]);
    expect(faults({ b: 'a' })).toHaveLength(1);
  });

  it('that look ahead are left to the API', () => {
    expect(linearPattern('^(?!x)a').test('anything')).toBe(true);
  });
});
