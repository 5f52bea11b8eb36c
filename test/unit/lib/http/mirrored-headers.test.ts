import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMirroredHeaders } from '../../../../lib/protocol/classify.js';
import { McpError } from '../../../../lib/errors/errors.js';
import { decodeMirrored, encodeMirrored } from '../../../../lib/http/mirrored-value.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import { readMessage } from '../../../../lib/json/envelope.js';
import type { Envelope } from '../../../../lib/json/types.js';

const version = '2026-07-28';

function message(method: string, members = '', id = '"id":1,'): Envelope {
  const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"${version}"}`;
  const text = `{"jsonrpc":"2.0",${id}"method":"${method}","params":{${meta}${members}}}`;
  const read = readMessage(Buffer.from(text));
  if (read.kind !== 'single') throw new Error('a batch');
  return read.message;
}

function headers(method: string, name?: string): HeaderRecord {
  return { 'mcp-protocol-version': version, 'mcp-method': method, 'mcp-name': name };
}

function codeOf(headersOfRequest: HeaderRecord, body: Envelope): string | undefined {
  try {
    checkMirroredHeaders(headersOfRequest, body);
    return undefined;
  } catch (error) {
    if (error instanceof McpError) return error.code;
    throw error;
  }
}

describe('checkMirroredHeaders (H6, H11, H12)', () => {
  it.each([
    ['tools/call', ',"name":"a"', 'a'],
    ['prompts/get', ',"name":"a b"', 'a b'],
    ['resources/read', ',"uri":"file:///x"', 'file:///x'],
    ['tasks/get', ',"taskId":"t"', 't'],
    ['tasks/cancel', ',"taskId":"t"', 't'],
    ['tasks/update', ',"taskId":"t"', 't'],
  ])('passes a %s whose headers mirror it, and no other', (method, members, name) => {
    const body = message(method, members);
    expect(codeOf(headers(method, name), body)).toBeUndefined();
    expect(codeOf(headers(method, ` ${name}\t`), body)).toBeUndefined();
    expect(codeOf(headers(method, encodeMirrored(name)), body)).toBeUndefined();
    const base64 = `=?base64?${Buffer.from(name).toString('base64')}?=`;
    expect(codeOf(headers(method, base64), body)).toBeUndefined();
    expect(codeOf(headers(method), body)).toBe('header_mismatch');
    expect(codeOf(headers(method, `${name}x`), body)).toBe('header_mismatch');
    expect(codeOf(headers(method, name.toUpperCase()), body)).toBe('header_mismatch');
    expect(codeOf(headers(`${method}x`, name), body)).toBe('header_mismatch');
  });

  it.each(['mcp-protocol-version', 'mcp-method', 'mcp-name'])('needs %s, once', (name) => {
    const body = message('tools/call', ',"name":"a"');
    const good = headers('tools/call', 'a');
    expect(codeOf({ ...good, [name]: undefined }, body)).toBe('header_mismatch');
    expect(codeOf({ ...good, [name]: [good[name] as string, 'b'] }, body)).toBe('header_mismatch');
    expect(codeOf({ ...good, [name]: [good[name] as string] }, body)).toBeUndefined();
    expect(codeOf({ ...good, [name]: '' }, body)).toBe('header_mismatch');
  });

  it('compares the version with the body', () => {
    const body = message('tools/list');
    expect(codeOf(headers('tools/list'), body)).toBeUndefined();
    const other = { ...headers('tools/list'), 'mcp-protocol-version': '2025-11-25' };
    expect(codeOf(other, body)).toBe('header_mismatch');
  });

  it('refuses a body that names no version (H9)', () => {
    const read = readMessage(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/list"}'));
    if (read.kind !== 'single') throw new Error('a batch');
    expect(codeOf(headers('tools/list'), read.message)).toBe('invalid_meta');
  });

  it('asks no name of other methods, so that unknown ones are answered as such', () => {
    expect(codeOf(headers('custom/method'), message('custom/method', ',"name":"a"'))).toBe(
      undefined,
    );
    expect(
      codeOf(headers('resources/subscribe'), message('resources/subscribe', ',"uri":"u"')),
    ).toBe(undefined);
  });

  it('asks nothing of notifications', () => {
    expect(codeOf({}, message('notifications/cancelled', '', ''))).toBeUndefined();
  });

  it('echoes neither header nor body', () => {
    const body = message('tools/call', ',"name":"hunter2"');
    expect(() => checkMirroredHeaders(headers('tools/call', 'hunter3'), body)).toThrow(
      /^the header mcp-name disagrees with the body$/,
    );
  });
});

describe('the value of a mirrored header', () => {
  it('is decoded to what was encoded, and survives a header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = encodeMirrored(text);
        expect(value).toMatch(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/);
        expect(decodeMirrored(value)).toBe(text);
      }),
    );
  });

  it('is plain where a header carries it unchanged', () => {
    expect(encodeMirrored('github__create_issue')).toBe('github__create_issue');
    expect(encodeMirrored('a b')).toBe('a b');
    expect(encodeMirrored('café')).toBe('=?base64?Y2Fmw6k=?=');
    expect(encodeMirrored(' a')).toBe('=?base64?IGE=?=');
    expect(encodeMirrored('')).toBe('=?base64??=');
    expect(encodeMirrored('=?base64?YQ==?=')).toBe('=?base64?PT9iYXNlNjQ/WVE9PT89?=');
  });

  it.each([
    ['without padding', '=?base64?YQ?='],
    ['with bits beyond the text', '=?base64?YR==?='],
    ['in the alphabet of URLs', '=?base64?_-8=?='],
    ['with a space', '=?base64?YQ ==?='],
    ['of bytes that are not UTF-8', '=?base64?/w==?='],
    ['of an encoded surrogate', '=?base64?7aCA?='],
    ['with marks that share a character', '=?base64?='],
    ['with raw UTF-8', 'caf\u00c3\u00a9'],
    ['with a control character', 'a\u0001'],
  ])('is refused %s', (_what, value) => {
    expect(decodeMirrored(value)).toBeUndefined();
  });

  it('is taken as it is where the marks of base64 are incomplete', () => {
    for (const value of ['=?base64?YQ==', '=?BASE64?YQ==?=', 'x=?base64?YQ==?=']) {
      expect(decodeMirrored(value)).toBe(value);
    }
  });
});
