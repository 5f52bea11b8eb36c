import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeArgs,
  decodeResult,
  encodeArgs,
  encodeResult,
  UnknownPdkMethodError,
} from '../../../kong/pluginserver/pdk/pdk-methods.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('arguments on the wire', () => {
  // Written by hand from the field numbers of Kong's pluginsocket.proto.
  for (const [method, args, bytes] of [
    ['kong.request.get_method', [], ''],
    ['kong.request.get_headers', [1000], '08e807'],
    ['kong.request.get_header', ['a'], '0a0161'],
    ['kong.service.request.set_header', ['a', 'b'], '0a0161 1203 1a0162'],
    ['kong.service.set_target', ['h', 8080], '0a0168 10903f'],
    ['kong.client.load_consumer', ['u', true], '0a0175 1001'],
    ['kong.client.authenticate', [{ credential: { id: 'c' } }], '1203 0a0163'],
    ['kong.response.exit', [403, 'no'], '089303 12026e6f'],
    ['kong.response.exit', [500, '', { a: 'b' }], '08f403 1200 1a0a 0a08 0a0161 1203 1a0162'],
    ['kong.log.err', ['x'], '0a03 1a0178'],
    ['kong.ctx.shared.set', ['k', true], '0a016b 1202 2001'],
    ['kong.ctx.shared.set', ['k', null], '0a016b 1200'],
  ] as const) {
    test(`of ${method} with ${JSON.stringify(args)}`, () => {
      expect(encodeArgs(method, args).toString('hex')).toBe(bytes.replaceAll(' ', ''));
    });
  }

  test('are read back by the side that plays Kong', () => {
    const [status, body, headers] = decodeArgs(
      'kong.response.exit',
      encodeArgs('kong.response.exit', [401, 'né', { 'www-authenticate': 'Bearer' }]),
    );
    expect(status).toBe(401);
    expect(Buffer.from(body as Uint8Array).toString()).toBe('né');
    expect(headers).toEqual({ 'www-authenticate': 'Bearer' });
    const who = { consumer: { id: '1', username: 'u', customId: 'c' }, credential: { id: 'd' } };
    const method = 'kong.client.authenticate';
    expect(decodeArgs(method, encodeArgs(method, [who]))).toEqual([who]);
  });

  test('keep any JSON value but null members, which Lua does not know', () => {
    const method = 'kong.log.set_serialize_value';
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const [key, got] = decodeArgs(method, encodeArgs(method, ['k', value]));
        expect(key).toBe('k');
        expect(JSON.stringify(got)).toBe(JSON.stringify(withoutNullMembers(value)));
      }),
    );
  });

  for (const [method, args] of [
    ['kong.request.get_headers', []],
    ['kong.request.get_headers', [1.5]],
    ['kong.service.request.set_path', [undefined]],
    ['kong.service.request.set_header', [1, 'x']],
    ['kong.service.request.set_headers', ['x']],
    ['kong.response.exit', ['401']],
    ['kong.response.exit', [401, { not: 'text' }]],
    ['kong.service.set_target', ['h', '80']],
    ['kong.ctx.shared.set', ['k', () => 1]],
  ] as const) {
    test(`that do not fit ${method} are refused: ${JSON.stringify(args)}`, () => {
      expect(() => encodeArgs(method, args)).toThrow(TypeError);
    });
  }

  test('of a method that ProtoBuf:1 lacks are refused', () => {
    for (const name of ['kong.service.set_timeouts', 'kong.constructor', '__proto__', '']) {
      expect(() => encodeArgs(name, [])).toThrow(UnknownPdkMethodError);
    }
  });
});

function withoutNullMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullMembers);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  const out = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of members) out[key] = withoutNullMembers(member);
  return out;
}

describe('results', () => {
  function roundTrip(method: string, result: unknown): unknown {
    return decodeResult(method, encodeResult(method, result));
  }

  test('of text and numbers are themselves, nil is empty', () => {
    expect(roundTrip('kong.request.get_path', '/mcp')).toBe('/mcp');
    expect(roundTrip('kong.request.get_forwarded_port', 8443)).toBe(8443);
    expect(roundTrip('kong.nginx.get_var', undefined)).toBe('');
  });

  test('of headers are strings and lists of strings, whatever their names', () => {
    const headers = Object.fromEntries([
      ['accept', ['a/b', 'c/d']],
      ['empty', ''],
      ['__proto__', 'name only'],
    ]);
    Object.defineProperty(headers, '__proto__', { value: 'name only', enumerable: true });
    const got = roundTrip('kong.request.get_headers', headers) as Record<string, unknown>;
    expect(Object.entries(got)).toEqual([
      ['accept', ['a/b', 'c/d']],
      ['empty', ''],
      ['__proto__', 'name only'],
    ]);
    expect(got['constructor']).toBeUndefined();
  });

  test('of a header whose empty value Kong left off the wire is an empty string', () => {
    const got = decodeResult('kong.request.get_headers', hex('0a05 0a0161 1200'));
    expect(got).toEqual({ a: '' });
  });

  test('of a header that is not UTF-8 hold replacement characters', () => {
    const got = decodeResult('kong.request.get_headers', hex('0a08 0a0161 1203 1a01ff'));
    expect(got).toEqual({ a: '\ufffd' });
  });

  test('of a body are its bytes, its file or the reason there is none', () => {
    const method = 'kong.request.get_raw_body';
    const { content } = roundTrip(method, { content: Buffer.from([0, 255]) }) as {
      content: Uint8Array;
    };
    expect([...content]).toEqual([0, 255]);
    expect(roundTrip(method, { bodyFilepath: '/f' })).toEqual({ bodyFilepath: '/f' });
    expect(roundTrip(method, { error: 'why' })).toEqual({ error: 'why' });
    expect(decodeResult(method, hex(''))).toEqual({ content: Buffer.alloc(0) });
  });

  test('of a consumer are the port’s shape; an empty one is null', () => {
    const method = 'kong.client.load_consumer';
    expect(decodeResult(method, hex(''))).toBe(null);
    expect(decodeResult(method, hex('0a0131 1005 1a0175 220163'))).toEqual({
      id: '1',
      username: 'u',
      customId: 'c',
    });
  });

  test('of a context value are any JSON value; nil and null_value are null', () => {
    const method = 'kong.ctx.shared.get';
    expect(roundTrip(method, { a: [1, 'b', false] })).toEqual({ a: [1, 'b', false] });
    expect(decodeResult(method, hex(''))).toBe(null);
    expect(decodeResult(method, hex('0801'))).toBe(null);
  });

  test('that are not such a message are refused', () => {
    expect(() => decodeResult('kong.request.get_path', hex('0a05 61'))).toThrow();
    expect(() => decodeResult('kong.request.get_headers', hex('0a7f'))).toThrow();
  });
});
