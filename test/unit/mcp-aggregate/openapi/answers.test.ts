import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { renderAnswer } from '../../../../plugins/mcp-aggregate/core/openapi/answer/render-answer.js';

interface Given {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string | Buffer;
  readonly hasOutput?: boolean;
}

function shown({ status = 200, type, body = '', hasOutput = false }: Given) {
  const answer = { status, contentType: type, body: Buffer.from(body), isCut: false, shown: [] };
  const raw = renderAnswer(answer, { name: 'tool', hasOutput });
  const result = JSON.parse(raw.toString());
  expect(CallToolResultSchema.safeParse(result).error).toBeUndefined();
  return { raw: raw.toString(), result };
}

const text = (said: string) => ({ content: [{ type: 'text', text: said }] });
const wrong = (said: unknown) => ({ content: [{ type: 'text', text: said }], isError: true });

describe('an answer of an API', () => {
  it('keeps every digit of JSON, as text and as structured content', () => {
    const body = ' {"n":9007199254740993.10, "n":1e400} ';
    const { raw } = shown({ type: 'application/problem+json; charset=utf-8', body });
    expect(raw).toBe(
      '{"content":[{"type":"text","text":"{\\"n\\":9007199254740993.10, \\"n\\":1e400}"}],"structuredContent":{"n":9007199254740993.10, "n":1e400}}',
    );
  });

  it.each<[Given, unknown]>([
    [{ type: 'application/json', body: '[1.0]' }, text('[1.0]')],
    [{ type: 'text/csv', body: 'a,ü' }, text('a,ü')],
    [{ type: 'text/plain; charset=ISO-8859-1', body: Buffer.from([0xfc]) }, text('ü')],
    [{ type: 'application/xml', body: '<a/>' }, text('<a/>')],
    [{ type: 'image/svg+xml', body: '<svg/>' }, text('<svg/>')],
    [{ body: 'no type' }, text('no type')],
    [{ status: 204 }, text('HTTP 204, without content')],
    [
      { type: 'image/png', body: Buffer.from([1]) },
      { content: [{ type: 'image', data: 'AQ==', mimeType: 'image/png' }] },
    ],
    [
      { type: 'audio/mpeg', body: Buffer.from([1]) },
      { content: [{ type: 'audio', data: 'AQ==', mimeType: 'audio/mpeg' }] },
    ],
    [
      { type: 'application/pdf', body: Buffer.from([255]) },
      {
        content: [
          {
            type: 'resource',
            resource: { uri: 'api:///tool', mimeType: 'application/pdf', blob: '/w==' },
          },
        ],
      },
    ],
    [{ status: 302, body: 'x' }, wrong('HTTP 302: a redirect, which is not followed')],
    [{ status: 500, type: 'text/plain', body: 'oh' }, wrong('HTTP 500\noh')],
    [{ status: 418, type: 'image/png', body: 'x' }, wrong('HTTP 418')],
    [
      { status: 401, body: 'key abc is wrong', type: 'text/plain' },
      wrong(expect.not.stringContaining('abc')),
    ],
    [
      { type: 'application/json', body: '{"a":' },
      wrong(expect.stringContaining('not the JSON that it is said to be')),
    ],
    [
      { type: 'application/json', body: Buffer.from([0x22, 0xff, 0x22]) },
      wrong(expect.stringContaining('UTF-8')),
    ],
    [
      { type: 'text/plain', body: Buffer.from([0xff]) },
      wrong(expect.stringContaining('not text/plain in utf-8')),
    ],
    [
      { type: 'text/html', body: 'x', hasOutput: true },
      wrong(expect.stringContaining('a JSON object was promised')),
    ],
    [{ status: 204, hasOutput: true }, wrong(expect.stringContaining('it was carried out'))],
  ])('%j', (given, wanted) => {
    expect(shown(given).result).toEqual(wanted);
  });

  it('is cut where it is an error, and where its nesting is no message’s', () => {
    const { result } = shown({ status: 400, type: 'text/plain', body: 'x'.repeat(100_000) });
    expect(result.content[0].text.length).toBeLessThan(17_000);
    expect(result.content[0].text).toContain('the rest is left out');
    const deep = shown({ type: 'application/json', body: '['.repeat(600) + ']'.repeat(600) });
    expect(deep.result.isError).toBe(true);
  });
});
