import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RefusedMessageError, readMessage } from '../../../../lib/json/envelope.js';
import { unwrapCall } from '../../../../plugins/mcp-aggregate/core/discovery/unwrap-call.js';

const discovery = { listed: [] };
const unwrap = (text: string, seen: typeof discovery | undefined = discovery) => {
  const bytes = Buffer.from(text);
  const plain = unwrapCall({ bytes, read: readMessage(bytes) }, seen);
  return { ...plain, text: plain.bytes.toString() };
};
const call = (params: string, id = '"i"') =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`;

describe('a call of call_tool', () => {
  it.each([
    [
      '{"name":"call_tool","arguments":{"name":"a__b","arguments":{"x": 1.50, "x":2}}}',
      '{"name":"a__b","arguments":{"x": 1.50, "x":2}}',
    ],
    ['{"name":"call_tool","arguments":{"name":"a__b"}}', '{"name":"a__b"}'],
    ['{"arguments":{"name":"a__b"},"name":"call_tool"}', '{"name":"a__b"}'],
    [
      '{"_meta":{"progressToken":7},"arguments":{"name":"a"} ,"name":"call_tool","requestState":"s"}',
      '{"_meta":{"progressToken":7} ,"name":"a","requestState":"s"}',
    ],
    [
      ' { "arguments" : { "arguments" : {"a":{"name":"no"}} , "name" : "\\u0061é" } , "name" : "call\\u005ftool" } ',
      ' { "arguments" : {"a":{"name":"no"}} , "name" : "\\u0061é" } ',
    ],
  ])('is the call of the tool, in the bytes that were sent: %s', (given, made) => {
    const plain = unwrap(call(given));
    expect(plain).toMatchObject({ text: call(made), unwrapped: true });
    expect(plain.read).toEqual(readMessage(Buffer.from(call(made))));
  });

  it('is nothing special where the view is not searched', () => {
    const text = call('{"name":"call_tool","arguments":{"name":"a__b"}}');
    const bytes = Buffer.from(text);
    expect(unwrapCall({ bytes, read: readMessage(bytes) }, undefined)).toMatchObject({
      unwrapped: false,
      bytes,
    });
  });

  it('is the one in a batch, whose other messages stay', () => {
    const other = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}';
    const inner = '{"name":"call_tool","arguments":{"name":"a__b","arguments":{}}}';
    const { text } = unwrap(`[${other}, ${call(inner)}]`);
    expect(text).toBe(`[${other}, ${call('{"name":"a__b","arguments":{}}')}]`);
  });

  it.each([
    ['{"name":"call_tool"}', 'invalid_params', 'needs arguments'],
    ['{"name":"call_tool","arguments":"x"}', 'invalid_params', 'needs arguments'],
    ['{"name":"call_tool","arguments":{}}', 'invalid_params', 'needs name'],
    ['{"name":"call_tool","arguments":{"name":7}}', 'invalid_params', 'name as a string'],
    ['{"name":"call_tool","arguments":{"name":"a\\u0000"}}', 'invalid_params', 'control character'],
    ['{"name":"call_tool","arguments":{"name":"a\\ud800"}}', 'invalid_params', 'lone surrogate'],
    [
      '{"name":"call_tool","arguments":{"name":"a","b":1}}',
      'invalid_params',
      'name and arguments only',
    ],
    [
      '{"name":"call_tool","arguments":{"name":"a","arguments":"{}"}}',
      'invalid_params',
      'an object',
    ],
    [
      '{"name":"call_tool","arguments":{"name":"a","arguments":null}}',
      'invalid_params',
      'an object',
    ],
    ['{"name":"call_tool","arguments":{"name":"call_tool"}}', 'invalid_params', 'not call_tool'],
    [
      '{"name":"call_tool","arguments":{"name":"call\\u005ftool"}}',
      'invalid_params',
      'not call_tool',
    ],
    [
      '{"name":"call_tool","arguments":{"name":"search_tools"}}',
      'invalid_params',
      'not search_tools',
    ],
    ['{"name":"call_tool","arguments":{"name":"a","name":"b"}}', 'invalid_request', 'two keys'],
    [
      '{"name":"call_tool","arguments":{"name":"a","n\\u0061me":"b"}}',
      'invalid_request',
      'two keys',
    ],
    ['{"name":"call_tool","arguments":{"name":"a","Name":"b"}}', 'invalid_request', 'only in case'],
    ['{"name":"call_tool","arguments":{"Name":"a"}}', 'invalid_request', 'only in case'],
    [
      '{"name":"call_tool","arguments":{"name":"a","argumentſ":{}}}',
      'invalid_request',
      'only in case',
    ],
  ])('is refused with its id: %s', (params, code, why) => {
    expect(() => unwrap(call(params))).toThrow(RefusedMessageError);
    expect(() => unwrap(call(params))).toThrow(
      expect.objectContaining({ code, id: '"i"', message: expect.stringContaining(why) as string }),
    );
  });

  it('is read as the call that any JSON parser would make of it', () => {
    const any = fc.record(
      {
        name: fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !/\p{C}/u.test(text)),
        arguments: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
      },
      { requiredKeys: ['name'] },
    );
    const spaced = fc.constantFrom(undefined, 1, 3);
    fc.assert(
      fc.property(any, spaced, fc.boolean(), (inner, space, metaFirst) => {
        const meta = { _meta: { progressToken: 'p' } };
        const outer = { name: 'call_tool', arguments: inner };
        const params = metaFirst ? { ...meta, ...outer } : { ...outer, ...meta };
        const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
        const { text } = unwrap(JSON.stringify(message, undefined, space));
        const plain = { ...message, params: { ...meta, ...inner } };
        // As it is written: JSON.stringify makes 0 of -0.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(plain)));
      }),
      { numRuns: 300 },
    );
  });
});
