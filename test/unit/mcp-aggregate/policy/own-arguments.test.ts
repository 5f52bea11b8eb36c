import { describe, expect, it } from 'vitest';
import { McpError } from '../../../../lib/errors/errors.js';
import { readMessage } from '../../../../lib/json/envelope.js';
import { objectMembers } from '../../../../lib/json/members.js';
import { splice } from '../../../../lib/json/splice.js';
import { readOwnArguments } from '../../../../plugins/mcp-aggregate/config/tools/own-arguments.js';
import { setArguments } from '../../../../plugins/mcp-aggregate/core/calls/set-arguments.js';
import { schemaEdits } from '../../../../plugins/mcp-aggregate/core/items/own-arguments.js';

const own = readOwnArguments('f', {
  fixed_arguments: { region: '"eu"', limit: '[1, {"a": 2}]' },
  hidden_arguments: ['debug'],
})!;

/** The params of a call whose `arguments` are these, raw; none where undefined. */
function sent(given: string | undefined, of = own): string {
  const rest = given === undefined ? '' : `, "arguments" : ${given}`;
  const call = `{"_meta":{"x":1.0}, "name":"t"${rest} }`;
  const message = Buffer.from(`{"jsonrpc":"2.0","id":9,"method":"tools/call","params":${call}}`);
  const read = readMessage(message);
  if (read.kind !== 'single' || read.message.kind !== 'request') throw new Error('no request');
  const made = setArguments(of, { message, params: read.message.params! });
  expect(made.params.name?.text).toBe('t');
  const { start, end } = made.params.span;
  return made.message.toString('utf8', start, end);
}

const codeOf = (run: () => unknown) => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof McpError ? error.code : error;
  }
};

describe('a call of a tool with arguments of the gateway', () => {
  it('has them, and every other byte as it was', () => {
    expect(sent('{ "q" : 1.0 }')).toBe(
      '{"_meta":{"x":1.0}, "name":"t", "arguments" : {"region":"eu","limit":[1, {"a": 2}], "q" : 1.0 } }',
    );
    expect(JSON.parse(sent('{}'))).toMatchObject({
      arguments: { region: 'eu', limit: [1, { a: 2 }] },
    });
    expect(JSON.parse(sent(undefined))).toMatchObject({ arguments: { region: 'eu' } });
    expect(JSON.parse(sent('null'))).toMatchObject({ arguments: { region: 'eu' } });
    expect(JSON.parse(sent('{"region":null}'))).toMatchObject({ arguments: { region: 'eu' } });
  });

  it.each([
    '{"region":"us"}',
    '{"debug":true}',
    '{"debug":null}',
    '{"\\u0072egion":"us"}',
    '[]',
    '"x"',
  ])('is refused with %s', (given) => {
    expect(codeOf(() => sent(given))).toBe('invalid_params');
  });

  it.each(['{"Region":"us"}', '{"region":null,"region":"us"}', '{"DEBUG":1}'])(
    'is refused with %s, which parsers read differently',
    (given) => {
      expect(codeOf(() => sent(given))).toBe('invalid_request');
    },
  );

  it('stays as it is where they are hidden alone', () => {
    const hidden = readOwnArguments('f', { hidden_arguments: ['debug'] })!;
    expect(sent('{ "q" :1}', hidden)).toBe(
      '{"_meta":{"x":1.0}, "name":"t", "arguments" : { "q" :1} }',
    );
    expect(sent('[]', hidden)).toContain('"arguments" : []');
    for (const given of ['{"debug":0}', '{"debug":null}', '"{}"', '[1]', 'true']) {
      expect(
        codeOf(() => sent(given, hidden)),
        given,
      ).toBe('invalid_params');
    }
  });
});

describe('the schema of such a tool', () => {
  const edited = (tool: string) => {
    const raw = Buffer.from(tool);
    const members = objectMembers(raw, { start: 0, end: raw.length });
    return splice(raw, schemaEdits(raw, members, own)).toString();
  };

  it('does not have them', () => {
    const schema = {
      type: 'object',
      properties: { region: { enum: ['eu'] }, q: { type: 'string' }, debug: {}, limit: {} },
      required: ['q', 'region', 'limit'],
    };
    expect(JSON.parse(edited(JSON.stringify({ inputSchema: schema })))).toEqual({
      inputSchema: { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] },
    });
    const only = '{"inputSchema":{"properties":{"region":{}, "debug":{}},"required":["region"]}}';
    expect(edited(only)).toBe('{"inputSchema":{"properties":{},"required":[]}}');
  });

  it('keeps its bytes where it has none of them', () => {
    const tool =
      '{"inputSchema": {"properties" : {"q":{"properties":{"region":{}}}}, "required":["q"]}}';
    expect(edited(tool)).toBe(tool);
    expect(edited('{"inputSchema":[]}')).toBe('{"inputSchema":[]}');
  });
});

describe('a configuration that cannot work', () => {
  it.each([
    [{ fixed_arguments: { a: 'eu' } }, /quotes/],
    [{ fixed_arguments: { a: '{' } }, /not JSON/],
    [{ fixed_arguments: { a: '1' }, hidden_arguments: ['a'] }, /hidden anyway/],
  ])('%j is refused', (given, why) => {
    expect(() => readOwnArguments('f', given)).toThrow(why);
  });

  it('is refused without its values', () => {
    const read = () => readOwnArguments('f', { fixed_arguments: { a: 'secret' } });
    expect(read).toThrow(/^(?!.*secret)/);
  });

  it('is none where nothing is given', () => {
    expect(readOwnArguments('f', { fixed_arguments: {}, hidden_arguments: [] })).toBeUndefined();
  });
});
