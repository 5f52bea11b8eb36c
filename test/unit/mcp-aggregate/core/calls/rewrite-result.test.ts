import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  rewriteError,
  rewriteResult,
  TooManyUris,
} from '../../../../../plugins/mcp-aggregate/core/uris/rewrite-result.js';
import { jsonText } from '../../../lib/json/json-text.js';

const expose = (uri: string) => `X+${uri}`;
const rewrite = (method: string, raw: string) =>
  rewriteResult(method, Buffer.from(raw), expose).toString();

describe('a result with URIs', () => {
  it.each([
    [
      'a link of a tool',
      'tools/call',
      '{ "content":[ {"type" : "resource_link","uri":"\\u0061:b","name":"uri"} ], "n":1e400}',
      '{ "content":[ {"type" : "resource_link","uri":"X+a:b","name":"uri"} ], "n":1e400}',
    ],
    [
      'an embedded resource of a tool',
      'tools/call',
      '{"content":[{"type":"resource","resource":{"uri":"a:b","text":"a:b","uri":"c:d"}}]}',
      '{"content":[{"type":"resource","resource":{"uri":"X+a:b","text":"a:b","uri":"X+c:d"}}]}',
    ],
    [
      'the page of an app',
      'tools/call',
      '{"content":[],"_meta":{"ui":{"resourceUri":"ui://a"},"ui/resourceUri":"ui://b","uri":"c"}}',
      '{"content":[],"_meta":{"ui":{"resourceUri":"X+ui://a"},"ui/resourceUri":"X+ui://b","uri":"c"}}',
    ],
    [
      'a message of a prompt',
      'prompts/get',
      '{"messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"a"}}},{"content":[{"type":"resource_link","uri":"b"}]}]}',
      '{"messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"X+a"}}},{"content":[{"type":"resource_link","uri":"X+b"}]}]}',
    ],
    [
      'contents of a resource',
      'resources/read',
      '{"contents":[{"uri":"a","text":"{\\"uri\\":\\"a\\"}"},{"uri":"b","blob":""}]}',
      '{"contents":[{"uri":"X+a","text":"{\\"uri\\":\\"a\\"}"},{"uri":"X+b","blob":""}]}',
    ],
  ])('%s: only the URI changes', (_title, method, raw, expected) => {
    expect(rewrite(method, raw)).toBe(expected);
  });

  it.each([
    ['tools/call', '{"content":[{"type":"text","text":"a:b","uri":"a:b"}]}'],
    ['tools/call', '{"structuredContent":{"type":"resource_link","uri":"a:b"},"content":[]}'],
    ['tools/call', '{"content":{"type":"resource_link","uri":"a"}}'],
    ['tools/call', '{"content":[1,null,"uri",[{"uri":"a"}]]}'],
    ['prompts/get', '{"messages":[{"content":"uri"},7]}'],
    ['resources/read', '{"contents":[{"uri":7}]}'],
    ['completion/complete', '{"completion":{"values":["a:b"]}}'],
    ['ping', '{"uri":"a"}'],
  ])('%s: %s stays as it is', (method, raw) => {
    expect(rewrite(method, raw)).toBe(raw);
  });

  it('of any other content arrives byte for byte', () => {
    const method = fc.constantFrom('tools/call', 'prompts/get', 'resources/read');
    fc.assert(
      fc.property(method, jsonText, jsonText, (name, text, meta) => {
        const raw = `{"structuredContent" :${text}, "content":[{"type":"text","text":"","x":${text}}],"_meta":{"a":${meta}},"messages":[{"content":{"type":"text","y":${meta}}}],"contents":[{"z":${text}}]}`;
        expect(rewrite(name, raw)).toBe(raw);
      }),
    );
  });

  it('names in an error’s data the URI that clients know', () => {
    const raw = '{"code":-32002,"message":"no a:b","data":{"uri":"a:b", "x":-0}}';
    expect(rewriteError(Buffer.from(raw), expose).toString()).toBe(
      '{"code":-32002,"message":"no a:b","data":{"uri":"X+a:b", "x":-0}}',
    );
  });
});

/** Each reads tens of megabytes. */
const slow = { timeout: 300_000 };

describe('a large result', () => {
  const link = '{"type":"resource_link","uri":"a:b"}';
  const blocks = (count: number, block: string) => Array.from({ length: count }, () => block);

  it('has its URIs found among many blocks without any, each where it stands', () => {
    const all = blocks(2_000, '{"type":"text","text":"uri"}');
    for (const at of [0, 7, 8, 999, 1_999]) all[at] = link;
    const raw = `{"content":[${all.join()}],"_meta":{"ui":{"resourceUri":"ui://a"}}}`;
    const shown = raw.replaceAll('"a:b"', '"X+a:b"').replace('"ui://a"', '"X+ui://a"');
    expect(rewrite('tools/call', raw)).toBe(shown);
  });

  it('is refused where it has more URIs than are rewritten, wherever they stand', slow, () => {
    const meta = '"_meta":{"ui":{"resourceUri":"b"}}';
    for (const raw of [
      `{"content":[${blocks(250_001, '{"resource":{"uri":"b"}}').join()}]}`,
      `{"content":[{${blocks(250_001, '"resource":{"uri":"b"}').join()}}]}`,
      `{"content":[],${blocks(250_001, meta).join()}}`,
    ]) {
      expect(() => rewrite('tools/call', raw)).toThrow(TooManyUris);
    }
  });
});
