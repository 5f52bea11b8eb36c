import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildRequest,
  givenArguments,
} from '../../../../plugins/mcp-aggregate/core/openapi/request/build-request.js';
import { toolOf } from '../../../support/openapi/convert.js';
import { howOften } from '../../../support/thorough.js';

const numRuns = howOften(200, 3_000);
const multipart = 'multipart/form-data';
const form = 'application/x-www-form-urlencoded';

/** The body that these arguments, as JSON text, become. */
function sent(mediaType: string, schema: object, given: string, encoding?: object) {
  const content = { [mediaType]: { schema, ...(encoding ? { encoding } : {}) } };
  const operation = { requestBody: { required: true, content }, responses: {} };
  const { plan } = toolOf(operation, { method: 'post' });
  const { body, headers } = buildRequest(
    plan,
    givenArguments(Buffer.from(given), new Map()),
    'b-o-u',
  );
  return { bytes: body!, text: body!.toString(), type: headers['content-type']! };
}

const object = (properties: object) => ({ type: 'object', properties });
const formData = ({ bytes, type }: { bytes: Buffer; type: string }) =>
  new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();

describe('a JSON body', () => {
  it('is made of the bytes that were given', () => {
    const given = '{"b":9007199254740993.0,"a_b": [1e400, {"x" :-0}],"c":"\\u00fc"}';
    const { text, type } = sent('application/json', object({ b: {}, 'a[b]': {}, c: {} }), given);
    expect(text).toBe('{"b":9007199254740993.0,"a[b]":[1e400, {"x" :-0}],"c":"\\u00fc"}');
    expect(type).toBe('application/json');
  });

  it('is the one argument where it is no plain object, and has the media type of the document', () => {
    const { text, type } = sent(
      'application/merge-patch+json',
      { type: 'array' },
      '{"body": [ 1.0 ]}',
    );
    expect([text, type]).toEqual(['[ 1.0 ]', 'application/merge-patch+json']);
  });

  it('is there, though empty, where one is needed', () => {
    expect(sent('application/json', object({ a: {} }), '{}').text).toBe('{}');
  });
});

describe('a form', () => {
  const text = fc.oneof(
    fc.constantFrom('', '&', '=', '+', '%', '\r\n', '\0', 'ü', '😀'),
    fc.string({ unit: 'grapheme' }),
  );

  it('holds exactly what was given', () => {
    fc.assert(
      fc.property(
        fc.dictionary(text, text, { maxKeys: 4 }),
        fc.array(text, { minLength: 1, maxLength: 3 }),
        (map, list) => {
          const entries = Object.entries(map).filter(([name]) => name !== 'list');
          const given = JSON.stringify({ body: { ...Object.fromEntries(entries), list } });
          const { text: body, type } = sent(
            form,
            { ...object({}), additionalProperties: {} },
            given,
          );
          expect(type).toBe(form);
          const read = [...new URLSearchParams(body)];
          expect(read.filter(([name]) => name !== 'list')).toEqual(entries);
          expect(read.filter(([name]) => name === 'list').map(([, one]) => one)).toEqual(list);
        },
      ),
      { numRuns },
    );
  });

  it('holds objects as JSON, and lists as the encoding says', () => {
    const schema = object({ o: { type: 'object' }, l: { type: 'array' }, s: { type: 'array' } });
    const encoding = { l: { style: 'form', explode: false }, s: { style: 'spaceDelimited' } };
    const { text: body } = sent(
      form,
      schema,
      '{"o":{"n":1.0},"l":["a","b,c"],"s":["x","y"]}',
      encoding,
    );
    expect(body).toBe('o=%7B%22n%22%3A1.0%7D&l=a,b%2Cc&s=x%20y');
  });
});

describe('a multipart body', () => {
  it('holds exactly what was given, files with their types', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    const schema = object({
      note: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' } },
      meta: { type: 'object' },
      file: { type: 'string', format: 'binary' },
      more: { type: 'array', items: { type: 'string', contentMediaType: 'image/png' } },
    });
    const file = { data: bytes.toString('base64'), mediaType: 'image/png', filename: 'ü.png' };
    const given = {
      note: 'a\r\n--b-o-u\r\n',
      tags: ['x', ''],
      meta: { a: 1 },
      file,
      more: [{ data: '' }],
    };
    const request = sent(multipart, schema, JSON.stringify(given));
    const read = await formData(
      sent(multipart, schema, JSON.stringify({ ...given, note: 'a\r\nb' })),
    );
    expect([read.get('note'), read.getAll('tags'), read.get('meta') as unknown]).toMatchObject([
      'a\r\nb',
      ['x', ''],
      expect.anything(),
    ]);
    const got = read.get('file') as File;
    expect([got.name, got.type]).toEqual(['ü.png', 'image/png']);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(bytes);
    expect(read.getAll('more')).toHaveLength(1);
    expect(request.type).toBe('multipart/form-data; boundary=b-o-u');
  });

  it.each([
    ['{"file":{"data":"no base64!"}}', 'must be base64'],
    ['{"file":{"data":"QQ==","filename":"a\\"; name=\\"b"}}', 'has a name with quotes'],
    ['{"file":{"data":"QQ==","filename":"a\\r\\nb"}}', 'has a name with quotes'],
    ['{"file":{"data":"QQ==","mediaType":"a/b\\r\\nX: y"}}', 'has a mediaType that is none'],
  ])('refuses what would leave its place: %s', (given, why) => {
    const schema = object({ file: { type: 'string', format: 'binary' } });
    expect(() => sent(multipart, schema, given)).toThrow(why);
  });
});

describe('other bodies', () => {
  it('are texts as they are', () => {
    const { text, type } = sent('text/plain', { type: 'string' }, '{"body":"a\\u0000ü"}');
    expect([text, type]).toEqual(['a\0ü', 'text/plain; charset=utf-8']);
    expect(sent('application/xml', { type: 'object' }, '{"body":"<a/>"}').type).toBe(
      'application/xml',
    );
  });

  it('are bytes in base64', () => {
    const { bytes, type } = sent(
      'image/*',
      { type: 'string', format: 'binary' },
      '{"body":"AP8="}',
    );
    expect([bytes, type]).toEqual([Buffer.from([0, 255]), 'application/octet-stream']);
  });
});
