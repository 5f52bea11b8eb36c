import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { McpError } from '../../../../lib/errors/errors.js';
import { readMessage, RefusedMessageError } from '../../../../lib/json/envelope.js';
import type { Envelope, RequestEnvelope, Span } from '../../../../lib/json/types.js';
import { jsonText } from './json-text.js';

function read(text: string): Envelope {
  const message = readMessage(Buffer.from(text));
  if (message.kind !== 'single') throw new Error('a batch');
  return message.message;
}

function readRequest(text: string): RequestEnvelope {
  const message = read(text);
  if (message.kind !== 'request') throw new Error(message.kind);
  return message;
}

function rawAt(text: string, span: Span | undefined): string | undefined {
  return span && Buffer.from(text).toString('utf8', span.start, span.end);
}

describe('readMessage, kinds of message', () => {
  it('reads a request: its id as it stands, its method and what routes it', () => {
    const text =
      '{"jsonrpc":"2.0", "id": 9007199254740993 ,"method":"tools\\/call",' +
      '"params":{"name":"caf\\u00e9__x","arguments":{"a":1e400},"_meta":{"progressToken":7}}}';
    const message = readRequest(text);
    expect(rawAt(text, message.span)).toBe(text);
    expect(rawAt(text, message.id)).toBe('9007199254740993');
    expect(message.method).toBe('tools/call');
    expect(message.params?.name?.text).toBe('café__x');
    expect(rawAt(text, message.params?.name?.span)).toBe('"caf\\u00e9__x"');
    expect(message.params?.members.map(({ key }) => key)).toEqual(['name', 'arguments', '_meta']);
    expect(message.params?.meta.map(({ key }) => key)).toEqual(['progressToken']);
  });

  it('reads a request without params, and a notification', () => {
    expect(readRequest('{"jsonrpc":"2.0","id":"a","method":"ping"}').params).toBeUndefined();
    const note = read('{"jsonrpc":"2.0","method":"notifications/initialized","params":{}}');
    expect(note).toMatchObject({ kind: 'notification', method: 'notifications/initialized' });
  });

  it('reads a result and an error', () => {
    const result = '{"jsonrpc":"2.0","id":"a","result":{"a":1,"a":2}}';
    const read1 = read(result);
    if (read1.kind !== 'response') throw new Error(read1.kind);
    expect(rawAt(result, read1.result)).toBe('{"a":1,"a":2}');
    expect(rawAt(result, read1.id)).toBe('"a"');
    expect(read1.error).toBeUndefined();
    const error = '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}';
    const read2 = read(error);
    if (read2.kind !== 'response') throw new Error(read2.kind);
    expect(read2.id).toBeUndefined();
    expect(rawAt(error, read2.error)).toBe('{"code":-32700,"message":"no"}');
  });

  it('reads the uri, the completion reference, the task and the version of a request', () => {
    const call = (method: string, params: string) =>
      readRequest(`{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`).params;
    expect(call('resources/read', '{"uri":"file:\\/\\/a"}')?.uri?.text).toBe('file://a');
    const prompt = call('completion/complete', '{"ref":{"type":"ref/prompt","name":"p"}}');
    expect(prompt?.ref).toMatchObject({ kind: 'prompt', text: 'p' });
    const resource = call('completion/complete', '{"ref":{"type":"ref/resource","uri":"u:{x}"}}');
    expect(resource?.ref).toMatchObject({ kind: 'resource', text: 'u:{x}' });
    expect(call('tasks/get', '{"taskId":"t1"}')?.taskId?.text).toBe('t1');
    const version = '{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}';
    expect(call('tools/list', version)?.protocolVersion).toBe('2026-07-28');
  });

  it('leaves params of other methods to themselves', () => {
    const text = '{"jsonrpc":"2.0","id":1,"method":"x/y","params":{"name":5,"ref":[],"uri":null}}';
    const { params } = readRequest(text);
    expect([params?.name, params?.uri, params?.ref]).toEqual([undefined, undefined, undefined]);
  });

  it('reads each message of a batch', () => {
    const text = ' [{"jsonrpc":"2.0","method":"a"} , {"jsonrpc":"2.0","id":1,"method":"ping"}]';
    const message = readMessage(Buffer.from(text));
    if (message.kind !== 'batch') throw new Error(message.kind);
    expect(message.messages.map(({ kind }) => kind)).toEqual(['notification', 'request']);
    expect(rawAt(text, message.messages[1]?.span)).toBe('{"jsonrpc":"2.0","id":1,"method":"ping"}');
  });

  it('leaves arguments and results as they are, whatever they hold', () => {
    fc.assert(
      fc.property(jsonText, (value) => {
        const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":${value},"name":"n"}}`;
        const member = readRequest(call).params?.members[0];
        expect(rawAt(call, member?.value)).toBe(value.trim());
        const answer = `{"jsonrpc":"2.0","id":1,"result":{"x":${value}}}`;
        expect(read(answer).kind).toBe('response');
      }),
    );
  });
});

describe('readMessage, bounds', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const inParams = (member: string, levels: number) =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"n","${member}":${nested(levels)}}}`;
  const inMessage = (levels: number) =>
    `{"jsonrpc":"2.0","id":1,"method":"ping","x":${nested(levels)}}`;

  it('allows 64 levels outside arguments and 512 within', () => {
    expect(readRequest(inParams('other', 62)).method).toBe('tools/call');
    expect(() => read(inParams('other', 63))).toThrow(/too deeply/);
    expect(readRequest(inMessage(63)).method).toBe('ping');
    expect(() => read(inMessage(64))).toThrow(/too deeply/);
    expect(readRequest(inParams('arguments', 510)).method).toBe('tools/call');
    expect(() => read(inParams('arguments', 511))).toThrow(/deeper than 512/);
  });

  it('counts the batch itself as a level', () => {
    expect(() => readMessage(Buffer.from(`[${inMessage(62)}]`))).not.toThrow();
    expect(() => readMessage(Buffer.from(`[${inMessage(63)}]`))).toThrow(/too deeply/);
  });

  it('allows 512 levels in a result and in an error', () => {
    const answer = (member: string, levels: number) =>
      `{"jsonrpc":"2.0","id":1,"${member}":{"x":${nested(levels)}}}`;
    expect(read(answer('result', 510)).kind).toBe('response');
    expect(read(answer('error', 510)).kind).toBe('response');
    expect(() => read(answer('result', 511))).toThrow(/deeper than 512/);
  });

  it('allows 100 messages in a batch', () => {
    const batch = (count: number) =>
      Buffer.from(`[${Array(count).fill('{"jsonrpc":"2.0","method":"a"}').join(',')}]`);
    expect(readMessage(batch(100)).kind).toBe('batch');
    expect(() => readMessage(batch(101))).toThrow('a batch holds at most 100 messages');
  });

  it('bounds method, name, uri and id', () => {
    const call = (method: string, params: string, id = '1') =>
      read(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`);
    const a = (count: number) => 'a'.repeat(count);
    expect(call(a(256), '{}').kind).toBe('request');
    expect(() => call(a(257), '{}')).toThrow(/256 bytes/);
    expect(call('tools/call', `{"name":"${a(1024)}"}`).kind).toBe('request');
    expect(() => call('tools/call', `{"name":"${a(1025)}"}`)).toThrow(/1024 bytes/);
    expect(call('resources/read', `{"uri":"${a(4096)}"}`).kind).toBe('request');
    expect(() => call('resources/read', `{"uri":"${a(4097)}"}`)).toThrow(/4096 bytes/);
    expect(call('ping', '{}', '1'.repeat(256)).kind).toBe('request');
    expect(() => call('ping', '{}', '1'.repeat(257))).toThrow(/256 bytes/);
    expect(() => call('ping', '{}', `"${a(255)}"`)).toThrow(/256 bytes/);
  });

  it('takes other bounds', () => {
    const body = Buffer.from(inParams('other', 10));
    expect(() => readMessage(body, { maxDepth: 12 })).not.toThrow();
    expect(() => readMessage(body, { maxDepth: 11 })).toThrow(/too deeply/);
    expect(() => readMessage(body, { maxFreeDepth: 11 })).toThrow(/deeper than 11/);
  });
});

describe('readMessage, refusals', () => {
  it('carries the id of the refused request as raw JSON', () => {
    const text = '{"jsonrpc":"2.0","method":"tools/call","params":{},"id":"a\\u0062"}';
    let error: unknown;
    try {
      read(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RefusedMessageError);
    expect(error).toBeInstanceOf(McpError);
    expect(error).toMatchObject({ id: '"a\\u0062"', code: 'invalid_params' });
  });

  it('answers McpError and nothing else to any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), jsonText, (bytes, text) => {
        for (const body of [Buffer.from(bytes), Buffer.from(text)]) {
          try {
            readMessage(body);
          } catch (error) {
            expect(error).toBeInstanceOf(McpError);
          }
        }
      }),
    );
  });
});
