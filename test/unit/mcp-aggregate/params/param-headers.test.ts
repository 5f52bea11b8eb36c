import { describe, expect, it } from 'vitest';
import type { McpError } from '../../../../lib/errors/errors.js';
import { readMessage } from '../../../../lib/json/envelope.js';
import { checkParamHeaders } from '../../../../plugins/mcp-aggregate/core/params/check-param-headers.js';
import { mirrorArguments } from '../../../../plugins/mcp-aggregate/core/params/mirror-arguments.js';
import { readAnnotations } from '../../../../plugins/mcp-aggregate/core/params/read-annotations.js';

const annotated = (type: string, header: string) => ({ type, 'x-mcp-header': header });
const schema = {
  properties: {
    text: annotated('string', 'Text'),
    count: annotated('integer', 'Count'),
    flag: annotated('boolean', 'Flag'),
    größe: annotated('string', 'Size'),
    dotted: annotated('string', 'a.b'),
    deep: { properties: { er: annotated('string', 'Deeper') } },
    TEXT: { type: 'string' },
  },
};
const mirrored = readAnnotations(Buffer.from(JSON.stringify(schema)), true)!;
if ('reason' in mirrored) throw new Error(mirrored.reason);

function callOf(args: string) {
  const bytes = Buffer.from(
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":${args}}}`,
  );
  const read = readMessage(bytes);
  if (read.kind !== 'single' || read.message.kind !== 'request') throw new Error('no request');
  return { bytes, params: read.message.params };
}

const headersOf = (args: string) => {
  const { bytes, params } = callOf(args);
  return mirrorArguments(mirrored, bytes, params);
};

const check = (args: string, headers: Readonly<Record<string, string | string[]>>) => {
  const { bytes, params } = callOf(args);
  try {
    checkParamHeaders(mirrored, headers, bytes, params);
  } catch (error) {
    return (error as McpError).code;
  }
  return 'fine';
};

describe('mirrorArguments', () => {
  it.each([
    ['{"text":"us-west1"}', { 'Mcp-Param-Text': 'us-west1' }],
    ['{"text":"Hello, 世界"}', { 'Mcp-Param-Text': '=?base64?SGVsbG8sIOS4lueVjA==?=' }],
    ['{"text":" padded "}', { 'Mcp-Param-Text': '=?base64?IHBhZGRlZCA=?=' }],
    ['{"text":"line1\\nline2"}', { 'Mcp-Param-Text': '=?base64?bGluZTEKbGluZTI=?=' }],
    ['{"text":"=?base64?literal?="}', { 'Mcp-Param-Text': '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=' }],
    ['{"text":""}', { 'Mcp-Param-Text': '=?base64??=' }],
    ['{"t\\u0065xt":"a"}', { 'Mcp-Param-Text': 'a' }],
    ['{"count":42,"flag":false}', { 'Mcp-Param-Count': '42', 'Mcp-Param-Flag': 'false' }],
    ['{"count":-7.0}', { 'Mcp-Param-Count': '-7' }],
    ['{"count":1e3}', { 'Mcp-Param-Count': '1000' }],
    ['{"count":"7"}', { 'Mcp-Param-Count': '7' }],
    ['{"count":9007199254740993}', {}],
    ['{"count":1e400}', {}],
    ['{"deep":{"er":"x"},"größe":"s"}', { 'Mcp-Param-Deeper': 'x', 'Mcp-Param-Size': 's' }],
    ['{"text":null,"flag":{},"deep":"no object"}', {}],
    ['{"TEXT":"a property of its own"}', {}],
    ['{}', {}],
    ['[]', {}],
    ['null', {}],
  ])('makes of %s %o', (args, headers) => {
    expect(headersOf(args)).toEqual(headers);
  });

  it('leaves out what is too large for a header, and keeps the others', () => {
    const text = 'x'.repeat(20_000);
    expect(headersOf(JSON.stringify({ text, count: 1 }))).toEqual({ 'Mcp-Param-Count': '1' });
  });

  it.each([
    ['twice', '{"text":"a","text":"b"}'],
    ['twice, once escaped', '{"text":"a","t\\u0065xt":"b"}'],
    ['twice, once null', '{"text":null,"text":"b"}'],
    ['in another case', '{"Text":"a"}'],
    ['in another case that only Unicode folds', '{"teſt":"a","deep":{"ER":"b"}}'],
    ['within an object that stands there twice', '{"deep":{"er":"a"},"deep":{"er":"b"}}'],
    ['among a thousand others', JSON.stringify(Object.fromEntries(Array(1_001).fill(0).entries()))],
  ])('refuses an argument that stands %s', (_, args) => {
    expect(() => headersOf(args)).toThrow(/argument.* mirror/);
  });
});

describe('checkParamHeaders', () => {
  it.each([
    ['{"text":"us"}', { 'mcp-param-text': 'us' }],
    ['{"text":"us"}', { 'mcp-param-text': ' us\t' }],
    ['{"text":"us"}', { 'mcp-param-text': '=?base64?dXM=?=' }],
    ['{"text":"=?base64?dXM="}', { 'mcp-param-text': '=?base64?dXM=' }],
    ['{"text":"us"}', { 'mcp-param-text': 'us', 'mcp-param-other': 'x' }],
    ['{"text":null}', {}],
    ['{}', {}],
    ['{"count":42}', { 'mcp-param-count': '42.0' }],
    ['{"count":42.0}', { 'mcp-param-count': '42' }],
    ['{"count":9007199254740993}', {}],
    ['{"count":9007199254740993}', { 'mcp-param-count': '9007199254740993' }],
    ['{"flag":true}', { 'mcp-param-flag': 'true' }],
    // Field names that nginx drops.
    ['{"dotted":"x"}', {}],
    ['{"dotted":"x"}', { 'mcp-param-a.b': 'x' }],
  ])('lets %s pass with %o', (args, headers) => {
    expect(check(args, headers)).toBe('fine');
  });

  it.each([
    ['{"text":"us"}', {}],
    ['{"text":"us"}', { 'mcp-param-text': 'eu' }],
    ['{"text":"us"}', { 'mcp-param-text': 'US' }],
    ['{"text":"us"}', { 'mcp-param-text': '' }],
    ['{"text":"Hello"}', { 'mcp-param-text': '=?base64?SGVsbG8?=' }],
    ['{"text":"Hello"}', { 'mcp-param-text': '=?base64?SGVs!!!bG8=?=' }],
    ['{"text":"us"}', { 'mcp-param-text': ['us', 'us'] }],
    ['{"text":"é"}', { 'mcp-param-text': 'é' }],
    ['{"text":null}', { 'mcp-param-text': 'null' }],
    ['{}', { 'mcp-param-text': 'us' }],
    ['{"text":["us"]}', { 'mcp-param-text': 'us' }],
    ['{"count":42}', { 'mcp-param-count': '43' }],
    ['{"count":42}', { 'mcp-param-count': '0x2a' }],
    ['{"count":9007199254740993}', { 'mcp-param-count': '9007199254740992' }],
    ['{"text":"1"}', { 'mcp-param-text': '1.0' }],
    ['{"dotted":"x"}', { 'mcp-param-a.b': 'y' }],
    ['{"deep":{"er":"x"}}', { 'mcp-param-deeper': 'y' }],
  ])('refuses %s with %o', (args, headers) => {
    expect(check(args, headers)).toBe('header_mismatch');
  });

  it('refuses arguments that parsers read differently', () => {
    expect(check('{"text":"us","text":"eu"}', { 'mcp-param-text': 'us' })).toBe('invalid_request');
  });
});
