import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { McpError } from '../../../../lib/errors/errors.js';
import { readMessage } from '../../../../lib/json/envelope.js';
import { readArgumentRules } from '../../../../plugins/mcp-aggregate/config/tools/argument-rules.js';
import { kongConfig } from '../../../support/aggregate/harness.js';

const claims = { team: 'blue', orgs: ['acme', 'umbrella', 7], nested: { level: 3 } };

interface Rule {
  readonly names?: readonly string[];
  readonly argument?: string;
  readonly equals?: string;
  readonly one_of?: readonly string[];
  readonly matches?: string;
  readonly claim?: string;
  readonly effect?: 'require' | 'deny';
  readonly optional?: boolean;
  readonly reason?: string;
}

const rulesOf = (...given: readonly Rule[]) => {
  const rules = given.map((rule) => ({
    names: ['s__*'],
    argument: '/a',
    effect: 'require',
    optional: false,
    ...rule,
  }));
  return readArgumentRules(kongConfig([{ name: 's' }], { argument_rules: rules }));
};

/** The code of the refusal of a call with these arguments, as raw JSON; undefined where it passes. */
function refusal(rule: Rule | readonly Rule[], raw: string, name = 's__t', method = 'tools/call') {
  const rules = rulesOf(...[rule].flat());
  const call = `{"name":${JSON.stringify(name)},"arguments":${raw}}`;
  const bytes = Buffer.from(`{"jsonrpc":"2.0","id":"i","method":"${method}","params":${call}}`);
  const read = readMessage(bytes);
  if (read.kind !== 'single') throw new Error('no single message');
  try {
    rules.check([read.message], bytes, claims);
    return undefined;
  } catch (error) {
    return error instanceof McpError ? error.code : error;
  }
}

describe('a rule that requires', () => {
  it.each([
    [{ equals: 'x' }, '{"a":"x"}', undefined],
    [{ equals: 'x' }, '{"a":"\\u0078"}', undefined],
    [{ equals: 'x' }, '{"a":"X"}', 'argument_denied'],
    [{ equals: 'x' }, '{"a":"x "}', 'argument_denied'],
    [{ equals: '' }, '{"a":""}', undefined],
    [{ equals: '1' }, '{"a":1.0}', undefined],
    [{ equals: '1' }, '{"a":"1"}', undefined],
    [{ equals: '1' }, '{"a":10e-1}', undefined],
    [{ equals: 'true' }, '{"a":true}', undefined],
    [{ one_of: ['x', 'y'] }, '{"a":"y"}', undefined],
    [{ one_of: ['x', 'y'] }, '{"a":["y","x"]}', undefined],
    [{ one_of: ['x', 'y'] }, '{"a":["y","z"]}', 'argument_denied'],
    [{ matches: '[a-c]+' }, '{"a":"abc"}', undefined],
    [{ matches: '[a-c]+' }, '{"a":"abcd"}', 'argument_denied'],
    [{ matches: 'a|b' }, '{"a":"ab"}', 'argument_denied'],
    [{ matches: 'a' }, '{"a":"a\\n"}', 'argument_denied'],
    [{ claim: 'team' }, '{"a":"blue"}', undefined],
    [{ claim: 'team' }, '{"a":"red"}', 'argument_denied'],
    [{ claim: 'orgs' }, '{"a":"umbrella"}', undefined],
    [{ claim: 'orgs' }, '{"a":7}', undefined],
    [{ claim: 'nested.level' }, '{"a":3}', undefined],
    [{ claim: 'missing' }, '{"a":"undefined"}', 'argument_denied'],
    [{ argument: '/a/b', equals: 'x' }, '{"a":{"b":"x"}}', undefined],
    [{ argument: '/a/b', equals: 'x' }, '{"a":{"b":"y"}}', 'argument_denied'],
    [{ argument: '/a/b', equals: 'x' }, '{"a":"b"}', 'argument_denied'],
    [{ argument: '/a/b', equals: 'x' }, '{"a":[{"b":"x"}]}', 'argument_denied'],
    [{ argument: '/a~1b~0', equals: 'x' }, '{"a/b~":"x"}', undefined],
  ])('%j and %s: %s', (rule, raw, code) => {
    expect(refusal(rule, raw)).toBe(code);
  });

  it.each(['{}', '{"a":null}', '{"b":"x"}', '[]', '[ ]', 'null'])(
    'and %s, which has none',
    (raw) => {
      expect(refusal({ equals: 'x' }, raw)).toBe('argument_denied');
      expect(refusal({ equals: 'x', optional: true }, raw)).toBeUndefined();
    },
  );

  it('and an empty list, which says nothing of its own', () => {
    expect(refusal({ equals: 'x' }, '{"a":[]}')).toBe('argument_denied');
  });
});

describe('a rule that denies', () => {
  it.each([
    [{ equals: 'x' }, '{"a":"x"}', 'argument_denied'],
    [{ equals: 'x' }, '{"a":"y"}', undefined],
    [{ equals: 'x' }, '{"a":["y","x"]}', 'argument_denied'],
    [{ equals: 'x' }, '{"a":["y"]}', undefined],
    [{ equals: 'x' }, '{"a":[]}', undefined],
    [{ equals: 'x' }, '{}', undefined],
    [{ claim: 'missing' }, '{"a":"x"}', undefined],
    [{ matches: '.*secret.*' }, '{"a":"a secret"}', 'argument_denied'],
  ])('%j and %s: %s', (rule, raw, code) => {
    expect(refusal({ ...rule, effect: 'deny' }, raw)).toBe(code);
  });
});

describe('whatever a rule does', () => {
  const effects = ['require', 'deny'] as const;

  it.each(effects)('it refuses what cannot be compared (%s)', (effect) => {
    const rule = { equals: 'x', effect };
    for (const raw of ['{"b":1}', '[["x"]]', '[null]', '9007199254740993', '1e999']) {
      expect(refusal(rule, `{"a":${raw}}`), raw).toBe('argument_denied');
    }
    const many = JSON.stringify({ a: Array.from({ length: 257 }, () => 'y') });
    expect(refusal(rule, many)).toBe('argument_denied');
    expect(refusal(rule, JSON.stringify({ a: 'y'.repeat(65_536) }))).toBe('argument_denied');
    const long = JSON.stringify({ a: 'y'.repeat(8_192) });
    expect(refusal({ matches: '.*', effect }, long)).toBe('argument_denied');
  });

  it.each([
    { equals: 'x', effect: 'deny' },
    { equals: 'x', optional: true },
    { equals: 'x' },
  ] as const)('it refuses what may hold the argument and is no object (%j)', (rule) => {
    const lenient = ['"{\\"b\\":\\"x\\"}"', '[{"b":"x"}]', '[[]]', 'true', '1', '""'];
    for (const raw of lenient) {
      expect(refusal({ ...rule, argument: '/a/b' }, `{"a":${raw}}`), raw).toBe('argument_denied');
      expect(refusal({ ...rule, argument: '/c/a/b' }, `{"c":{"a":${raw}}}`)).toBe(
        'argument_denied',
      );
      expect(refusal({ ...rule, argument: '/b' }, raw), raw).toBe('argument_denied');
    }
  });

  it.each(['[]', '[ ]', 'null', '{}'])('it takes %s for an object that holds nothing', (raw) => {
    const rule = { argument: '/a/b', equals: 'x' };
    expect(refusal({ ...rule, effect: 'deny' }, `{"a":${raw}}`)).toBeUndefined();
    expect(refusal({ ...rule, optional: true }, `{"a":${raw}}`)).toBeUndefined();
    expect(refusal(rule, `{"a":${raw}}`)).toBe('argument_denied');
  });

  it.each(effects)('it refuses arguments that parsers read differently (%s)', (effect) => {
    const rule = { equals: 'x', effect };
    for (const raw of [
      '{"a":"x","a":"y"}',
      '{"a":"x","A":"y"}',
      '{"A":"y"}',
      '{"\\u0061":1,"a":2}',
    ]) {
      expect(refusal(rule, raw), raw).toBe('invalid_request');
    }
  });

  it('it is about the calls that it names, and about prompts too', () => {
    expect(refusal({ equals: 'x' }, '{"a":"y"}', 'other')).toBeUndefined();
    expect(refusal({ equals: 'x' }, '{"a":"y"}', 's__p', 'prompts/get')).toBe('argument_denied');
  });

  it('it holds beside all others', () => {
    const both: readonly Rule[] = [
      { equals: 'x' },
      { argument: '/b', one_of: ['1', '2'] },
      { argument: '/b', equals: '2', effect: 'deny' },
    ];
    expect(refusal(both, '{"a":"x","b":1}')).toBeUndefined();
    expect(refusal(both, '{"a":"x","b":2}')).toBe('argument_denied');
    expect(refusal(both, '{"a":"y","b":1}')).toBe('argument_denied');
  });

  it('a required value is the one that JSON.parse reads', () => {
    const key = fc.constantFrom('a', 'A', 'b', 'aa');
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const wanted = fc.constantFrom('x', '1', 'true');
    const object = fc.array(fc.tuple(key, fc.oneof(value, fc.constantFrom('x', 1, true))));
    fc.assert(
      fc.property(object, wanted, (members, equals) => {
        const raw = `{${members.map(([k, v]) => `"${k}":${JSON.stringify(v)}`).join(',')}}`;
        const parsed = (JSON.parse(raw) as Record<string, unknown>)['a'];
        const passes = refusal({ equals }, raw) === undefined;
        expect(passes && String(parsed) !== equals).toBe(false);
      }),
    );
  });
});

describe('rules that cannot work', () => {
  it.each([
    [{ equals: 'x', matches: 'y' }, /exactly one/],
    [{}, /exactly one/],
    [{ matches: '(' }, /RE2/],
    [{ matches: '(?=x)' }, /RE2/],
    [{ equals: 'x', argument: '/a~2' }, /tilde/],
    [{ equals: 'x', effect: 'deny', optional: true }, /effect: require/],
    [{ claim: 'a..b' }, /empty name/],
  ] as const)('%j are refused', (rule, why) => {
    expect(() => rulesOf(rule)).toThrow(why);
  });
});
