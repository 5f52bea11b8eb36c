import { describe, expect, it } from 'vitest';
import { McpError } from '../../../../lib/errors/errors.js';
import { readMessage } from '../../../../lib/json/envelope.js';

function refusal(body: string | Buffer): McpError {
  try {
    readMessage(Buffer.from(body));
  } catch (error) {
    if (error instanceof McpError) return error;
    throw error;
  }
  throw new Error(`accepted: ${body.toString()}`);
}

const call = (params: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"${params}}}`;
const message = (members: string) => `{"jsonrpc":"2.0","id":1,"method":"ping"${members}}`;

describe('a body that is not JSON', () => {
  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['two messages', `${message('')}${message('')}`],
    ['a message per line', `${message('')}\n${message('')}`],
    ['a byte order mark', `\ufeff${message('')}`],
    ['invalid UTF-8 in a name', Buffer.from(call('').replace('"a"', '"\xff"'), 'latin1')],
    ['invalid UTF-8 in arguments', Buffer.from(call(',"arguments":"\xff"'), 'latin1')],
    ['a comment', `${message('')}/*x*/`],
    ['UTF-16', Buffer.from(message(''), 'utf16le')],
  ])('is a parse error: %s', (_what, body) => {
    expect(refusal(body)).toMatchObject({ code: 'parse_error', rpc: -32700, status: 400 });
  });
});

describe('JSON that is no message', () => {
  it.each([
    ['a string', '"x"', /JSON object/],
    ['null', 'null', /JSON object/],
    ['an empty object', '{}', /"jsonrpc" must be "2.0"/],
    ['an empty batch', '[]', /at least one/],
    ['a batch in a batch', `[[${message('')}]]`, /JSON object/],
    ['another version of JSON-RPC', '{"jsonrpc":"1.0","id":1,"method":"ping"}', /"2.0"/],
    ['a version that is a number', '{"jsonrpc":2.0,"id":1,"method":"ping"}', /"2.0"/],
    ['no version', '{"id":1,"method":"ping"}', /"2.0"/],
    ['neither method nor result', '{"jsonrpc":"2.0","id":1}', /exactly one/],
    ['result and error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', /exactly one/],
    ['method and result', message(',"result":{}'), /neither/],
    ['method and error', message(',"error":{}'), /neither/],
    ['a result with params', '{"jsonrpc":"2.0","id":1,"result":{},"params":{}}', /needs "method"/],
    ['a result without id', '{"jsonrpc":"2.0","result":{}}', /needs the id/],
    ['a result for null', '{"jsonrpc":"2.0","id":null,"result":{}}', /needs the id/],
    ['a result that is a list', '{"jsonrpc":"2.0","id":1,"result":[]}', /objects/],
    ['an error that is a string', '{"jsonrpc":"2.0","id":1,"error":"no"}', /objects/],
    ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":5}', /string/],
    ['a method that is null', '{"jsonrpc":"2.0","id":1,"method":null}', /string/],
    ['a method with a line feed', '{"jsonrpc":"2.0","id":1,"method":"a\\nb"}', /control/],
    ['a method with a lone surrogate', '{"jsonrpc":"2.0","id":1,"method":"\\udc00"}', /surrog/],
    ['a list of params', message(',"params":[]'), /"params" must be an object/],
    ['params of null', message(',"params":null'), /"params" must be an object/],
    ['_meta that is a list', call(',"_meta":[]'), /_meta must be an object/],
    ['_meta of null', call(',"_meta":null'), /_meta must be an object/],
  ])('is an invalid request: %s', (_what, body, why) => {
    const error = refusal(body);
    expect(error).toMatchObject({ code: 'invalid_request', rpc: -32600, status: 400 });
    expect(error.message).toMatch(why);
  });

  it.each(['null', 'true', '1.0', '1.5', '1e3', '1E0', '-0', '{}', '[1]', '"\\ud800"'])(
    'is an invalid request: an id of %s',
    (id) => {
      expect(refusal(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`).message).toMatch(/"id"/);
      if (id === 'null') return;
      expect(refusal(`{"jsonrpc":"2.0","id":${id},"result":{}}`).message).toMatch(/"id"/);
    },
  );

  it.each(['0', '-1', '"1"', '""', '"\\u0000"', '18446744073709551616'])(
    'takes an id of %s',
    (id) => {
      const body = Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
      expect(readMessage(body)).toMatchObject({ message: { kind: 'request' } });
    },
  );
});

describe('a message that parsers read differently', () => {
  it.each([
    ['two methods', message(',"method":"tools/call"'), /two keys named "method"/],
    ['two ids', message(',"id":1'), /two keys named "id"/],
    ['an escaped second method', message(',"\\u006dethod":"tools/call"'), /two keys/],
    ['a method in other case', message(',"Method":"tools/call"'), /only in case/],
    ['params in other case only', message(',"PARAMS":{"name":"b"}'), /only in case/],
    ['a long s for an s', message(',"param\u017f":{}'), /only in case/],
    ['an escaped long s', message(',"re\\u017fult":{}'), /only in case/],
    ['a dotless i', message(',"\u0131d":2'), /only in case/],
    ['foreign keys equal but for case', message(',"x":1,"X":2'), /equal but for case/],
    ['foreign keys equal but for a Kelvin sign', message(',"k":1,"\u212a":2'), /equal but/],
    ['a key with NUL', message(',"method\\u0000":"tools/call"'), /control character/],
    ['a key with a lone surrogate', message(',"\\ud800":1'), /surrogate/],
    ['two names', call(',"name":"b"'), /two keys named "name"/],
    ['an escaped second name', call(',"n\\u0061me":"b"'), /two keys named "name"/],
    ['a name in other case', call(',"Name":"b"'), /params has a key that differs from "name"/],
    ['arguments in other case', call(',"Arguments":{}'), /only in case/],
    ['a uri with a dotless i', call(',"ur\u0131":"x"'), /only in case/],
    ['a name key with NUL', call(',"name\\u0000":"b"'), /control character/],
    ['two _meta', call(',"_meta":{},"_meta":{}'), /two keys named "_meta"/],
    ['two progress tokens', call(',"_meta":{"progressToken":1,"progressToken":2}'), /params._meta/],
    ['a progress token in other case', call(',"_meta":{"ProgressToken":1}'), /params._meta/],
    [
      'a version key in other case',
      call(',"_meta":{"io.modelcontextprotocol/protocolversion":"2026-07-28"}'),
      /only in case/,
    ],
    ['two names in ref', call(',"ref":{"type":"ref/prompt","name":"a","name":"b"}'), /params.ref/],
    ['a type of ref in other case', call(',"ref":{"Type":"ref/prompt"}'), /params.ref/],
  ])('is refused: %s', (_what, body, why) => {
    const error = refusal(body);
    expect(error.code).toBe('invalid_request');
    expect(error.message).toMatch(why);
    expect(refusal(`[${body}]`).code).toBe('invalid_request');
  });

  it('is accepted where the differences are below arguments or in a result', () => {
    const free = '{"name":1,"name":2,"Name":3,"\\u0000":4,"\\ud800":5}';
    expect(readMessage(Buffer.from(call(`,"arguments":${free}`))).kind).toBe('single');
    const result = `{"jsonrpc":"2.0","id":1,"result":${free}}`;
    expect(readMessage(Buffer.from(result)).kind).toBe('single');
  });

  it('is accepted with keys no protocol knows', () => {
    expect(readMessage(Buffer.from(message(',"trace":1,"params":{"x":1,"y":2}'))).kind).toBe(
      'single',
    );
  });
});

describe('a message whose route cannot be told', () => {
  const request = (method: string, params: string) =>
    `{"jsonrpc":"2.0","id":1,"method":"${method}"${params}}`;

  it.each([
    ['tools/call', ''],
    ['tools/call', ',"params":{}'],
    ['tools/call', ',"params":{"name":5}'],
    ['tools/call', ',"params":{"name":null}'],
    ['tools/call', ',"params":{"uri":"a"}'],
    ['prompts/get', ',"params":{"name":["a"]}'],
    ['resources/read', ',"params":{"name":"a"}'],
    ['resources/subscribe', ',"params":{"uri":{}}'],
    ['resources/unsubscribe', ',"params":{}'],
    ['completion/complete', ',"params":{}'],
    ['completion/complete', ',"params":{"ref":"x"}'],
    ['completion/complete', ',"params":{"ref":{"name":"a"}}'],
    ['completion/complete', ',"params":{"ref":{"type":"ref/other","name":"a"}}'],
    ['completion/complete', ',"params":{"ref":{"type":"ref/prompt","uri":"a"}}'],
    ['completion/complete', ',"params":{"ref":{"type":"ref/resource","uri":1}}'],
  ])('has invalid params: %s with %s', (method, params) => {
    const error = refusal(request(method, params));
    expect(error).toMatchObject({ code: 'invalid_params', rpc: -32602 });
    expect(error.message).toContain(`${method} needs params.`);
  });

  it.each([
    ['NUL', 'a\\u0000b'],
    ['a line feed', 'a\\nb'],
    ['DEL', 'a\u007f'],
    ['a C1 control character', 'a\u0085'],
    ['a lone surrogate', 'a\\ud800'],
  ])('has invalid params: a name or uri with %s', (_what, text) => {
    for (const [method, member] of [
      ['tools/call', 'name'],
      ['resources/read', 'uri'],
      ['custom/method', 'name'],
    ]) {
      const error = refusal(request(method!, `,"params":{"${member}":"${text}"}`));
      expect(error).toMatchObject({ code: 'invalid_params' });
      expect(error.message).toMatch(/control character or a lone surrogate/);
    }
  });

  it('has invalid params: a version that is no short string', () => {
    const versions = ['5', 'null', `"${'2'.repeat(65)}"`, '"2026\\n"'];
    for (const version of versions) {
      const meta = `{"io.modelcontextprotocol/protocolVersion":${version}}`;
      expect(refusal(call(`,"_meta":${meta}`)).code).toBe('invalid_meta');
    }
  });

  it('quotes nothing of the message', () => {
    const error = refusal(call(',"name":"hunter2","hunter2":"hunter2"'));
    expect(JSON.stringify([error.message, error.data])).not.toContain('hunter2');
  });
});

describe('what is read member by member', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `"k${n}":0`).join(',');
  const long = (bytes: number) => `"${'k'.repeat(bytes)}":0`;

  it.each([
    ['the message', (members: string) => message(`,${members}`), 3],
    ['params', (members: string) => call(`,${members}`), 1],
    ['params._meta', (members: string) => call(`,"_meta":{${members}}`), 0],
    [
      'params.ref',
      (members: string) => `{"jsonrpc":"2.0","id":1,"method":"x","params":{"ref":{${members}}}}`,
      0,
    ],
  ])('has 128 members at most, each key of 1,024 bytes: %s', (where, body, others) => {
    expect(() => readMessage(Buffer.from(body(many(128 - others))))).not.toThrow();
    expect(refusal(body(many(129 - others)))).toMatchObject({
      code: 'invalid_request',
      message: `${where} has more than 128 members`,
    });
    expect(() => readMessage(Buffer.from(body(long(1_024))))).not.toThrow();
    expect(refusal(body(long(1_025))).message).toMatch(/key of more than 1024 bytes/);
  });

  it.each([
    ['arguments', (members: string) => call(`,"arguments":{${members}}`)],
    ['a result', (members: string) => `{"jsonrpc":"2.0","id":1,"result":{${members}}}`],
    ['an error', (members: string) => `{"jsonrpc":"2.0","id":1,"error":{${members}}}`],
  ])('does not lie within %s, which may have any number', (_where, body) => {
    expect(() => readMessage(Buffer.from(body(many(5_000))))).not.toThrow();
  });
});
