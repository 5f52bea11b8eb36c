import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../lib/json/envelope.js';
import type { RequestEnvelope } from '../../../../lib/json/types.js';
import { readModernRequest } from '../../../../plugins/mcp-aggregate/core/admit/modern-request.js';
import { placesOf } from '../../../../plugins/mcp-aggregate/core/eras/result-places.js';
import { withoutModernMembers } from '../../../../plugins/mcp-aggregate/core/eras/modern-members.js';
import {
  inputRequired,
  modernResult,
} from '../../../../plugins/mcp-aggregate/core/eras/modern-result.js';
import {
  modernHeaders,
  modernParams,
} from '../../../../plugins/mcp-aggregate/upstream/modern/modern-params.js';
import { readModernResult } from '../../../../plugins/mcp-aggregate/upstream/modern/modern-result.js';

const method = 'tools/call';
const version = '"io.modelcontextprotocol/protocolVersion":"2026-07-28"';

function request(params: string): { bytes: Buffer; message: RequestEnvelope } {
  const bytes = Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
  const read = readMessage(bytes);
  if (read.kind !== 'single' || read.message.kind !== 'request') throw new Error('no request');
  return { bytes, message: read.message };
}

describe('requests to a server without sessions', () => {
  it('carry version, client and capabilities, and every byte of the arguments', () => {
    const params = Buffer.from('{"name":"t","arguments":{"n":1e400,"z":-0},"_meta":{"a":1}}');
    const text = modernParams({ method, params, logLevel: 'info' }).toString();
    expect(text).toContain('"arguments":{"n":1e400,"z":-0}');
    expect(JSON.parse(text)._meta).toMatchObject({
      a: 1,
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/logLevel': 'info',
    });
  });

  it('say nothing of log messages where the client wants none', () => {
    expect(modernParams({ method, params: undefined }).toString()).not.toContain('logLevel');
  });

  it('are mirrored by their headers, in base64 where a name is no header text', () => {
    const headers = modernHeaders({ method, params: undefined, mirrored: 'größe' });
    expect(headers).toMatchObject({
      'mcp-method': 'tools/call',
      'mcp-name': `=?base64?${Buffer.from('größe').toString('base64')}?=`,
    });
  });

  it('come again with the answers and the state as the server gave it', () => {
    const state = Buffer.from('"\\u0061b"');
    const params = Buffer.from('{"name":"t"}');
    const answers = new Map([['k', Buffer.from('{"x":1e400}')]]);
    const text = modernParams({ method, params, input: { answers, state } });
    expect(text.toString()).toContain('"inputResponses":{"k":{"x":1e400}}');
    expect(text.toString()).toContain('"requestState":"\\u0061b"');
  });
});

describe('results of a server without sessions', () => {
  it('lose what only that era has, and keep all other bytes', () => {
    const raw = Buffer.from(
      '{"resultType":"complete","content":[{"n":1.0}],"ttlMs":5,"cacheScope":"public"}',
    );
    const read = readModernResult(raw);
    expect(read).toEqual({ type: 'complete' });
    expect(withoutModernMembers(raw).toString()).toBe('{"content":[{"n":1.0}]}');
  });

  it.each([
    ['an unknown type', '{"resultType":"other"}'],
    ['a member again and again', `{${'"ttlMs":0,'.repeat(64)}"resultType":"complete"}`],
    ['a question without a method', '{"resultType":"input_required","inputRequests":{"a":{}}}'],
    ['neither questions nor a state', '{"resultType":"input_required"}'],
    [
      'too many questions',
      `{"resultType":"input_required","inputRequests":{${Array.from({ length: 17 }, (_, n) => `"${n}":{"method":"roots/list"}`).join()}}}`,
    ],
  ])('with %s are not understood', (_, text) => {
    expect(readModernResult(Buffer.from(text))).toEqual({ type: 'unknown' });
  });
});

describe('requests of a client without sessions', () => {
  it('need its capabilities', () => {
    const { bytes, message } = request(`{"name":"t","_meta":{${version}}}`);
    expect(() => readModernRequest(bytes, message.params)).toThrow(/clientCapabilities/);
  });
});

describe('results of a server without sessions, for a client with one', () => {
  const without = (text: string) => withoutModernMembers(Buffer.from(text)).toString();
  const info = '"io.modelcontextprotocol\\/serverInfo": {"name":"s","version":"1"}';

  it.each([
    [`{"_meta": {${info}}, "content":[ ]}`, '{"content":[ ]}'],
    [`{"content":[ ], "_meta":{ ${info} }}`, '{"content":[ ]}'],
    [`{"ttlMs":1,"_meta":{${info}},"resultType":"complete"}`, '{}'],
    [`{"_meta":{"own":1.0, ${info}},"content":[]}`, '{"_meta":{"own":1.0},"content":[]}'],
    [`{"_meta":{${info} , "own":1.0},"content":[]}`, '{"_meta":{"own":1.0},"content":[]}'],
    ['{"_meta":{ },"resultType":"complete"}', '{"_meta":{ }}'],
    [`{"_meta":"${'serverInfo'}","content":[]}`, '{"_meta":"serverInfo","content":[]}'],
  ])('lose who said it and for how long it holds: %s', (said, left) => {
    expect(without(said)).toBe(left);
  });

  it.each([
    [
      '{"content":[1],"structuredContent":{"a":1.0}}',
      '{"content":[1],"structuredContent":{"a":1.0}}',
    ],
    ['{"content":[1],"structuredContent":[1.0]}', '{"content":[1]}'],
    ['{"structuredContent":7, "content":[ ]}', '{"content":[{"type":"text","text":"7"}]}'],
    ['{"content":[],"structuredContent":"a"}', '{"content":[{"type":"text","text":"\\"a\\""}]}'],
    ['{"structuredContent": [1.0] }', '{"content":[{"type":"text","text":"[1.0]"}] }'],
    ['{"structuredContent":{},"structuredContent":1}', '{"content":[{"type":"text","text":"1"}]}'],
  ])('have no structuredContent but objects: %s', (said, left) => {
    expect(without(said)).toBe(left);
    const whole = said.replace('{', '{"resultType":"complete",');
    expect(withoutModernMembers(Buffer.from(whole), placesOf(Buffer.from(whole))).toString()).toBe(
      left,
    );
  });
});

describe('results for a client without sessions', () => {
  it('are complete, and name the endpoint in _meta beside what the server put there', () => {
    const text = modernResult(
      Buffer.from('{"content":[],"_meta":{"x":1}}'),
      'gate',
      undefined,
    ).toString();
    expect(JSON.parse(text)).toMatchObject({
      resultType: 'complete',
      _meta: { x: 1, 'io.modelcontextprotocol/serverInfo': { name: 'gate' } },
    });
    expect(JSON.parse(text)).not.toHaveProperty('ttlMs');
  });

  it('questions name the server that asks and carry the state', () => {
    const params = Buffer.from('{"message":"who?","_meta":{"progressToken":7}}');
    const asked = [
      { key: '1', method: 'elicitation/create', params },
      { key: 'r"', method: 'roots/list', params: undefined },
    ];
    expect(JSON.parse(inputRequired('srv', asked, 'sealed').toString())).toEqual({
      resultType: 'input_required',
      requestState: 'sealed',
      inputRequests: {
        '1': {
          method: 'elicitation/create',
          params: { message: '[srv] who?', _meta: { 'kong-plugin-mcp/server': 'srv' } },
        },
        'r"': { method: 'roots/list', params: { _meta: { 'kong-plugin-mcp/server': 'srv' } } },
      },
    });
    expect(JSON.parse(inputRequired('srv', [], 'sealed').toString())).toEqual({
      resultType: 'input_required',
      requestState: 'sealed',
    });
  });
});
