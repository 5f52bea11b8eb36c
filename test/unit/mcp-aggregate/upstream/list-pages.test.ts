import { describe, expect, it } from 'vitest';
import { AnsweredError } from '../../../../plugins/mcp-aggregate/upstream/answer.js';
import { listPages } from '../../../../plugins/mcp-aggregate/upstream/list-pages.js';

const bounds = { maxPages: 5, maxItems: 10, maxBytes: 1000 };

/** Lists from pages by cursor (raw JSON); the first page is that of `undefined`. */
async function list(pages: (params: string | undefined, asked: number) => string) {
  const asked: (string | undefined)[] = [];
  const items = await listPages('srv', 'tools', bounds, async (params) => {
    asked.push(params?.toString());
    return Buffer.from(pages(params?.toString(), asked.length));
  });
  return { asked, items: items.map(String) };
}

describe('a list', () => {
  it('is drained page by page, items and cursors byte for byte', async () => {
    const { asked, items } = await list((params) => {
      if (params === undefined)
        return '{"tools":[{"n":9007199254740993} , {"b":1.0}],"nextCursor":""}';
      if (params === '{"cursor":""}') return '{"nextCursor":"\\u0061","tools":[]}';
      return '{"tools":[{"c":"\\u00e9"}],"nextCursor":null}';
    });
    expect(asked).toEqual([undefined, '{"cursor":""}', '{"cursor":"\\u0061"}']);
    expect(items).toEqual(['{"n":9007199254740993}', '{"b":1.0}', '{"c":"\\u00e9"}']);
  });

  it.each([
    ['repeats a cursor', () => '{"tools":[],"nextCursor":"a"}', 'upstream_protocol'],
    [
      'never ends',
      (_: unknown, n: number) => `{"tools":[],"nextCursor":"${n}"}`,
      'upstream_too_large',
    ],
    ['has too many items', () => `{"tools":[${'{},'.repeat(10)}{}]}`, 'upstream_too_large'],
    ['is too large', () => `{"tools":["${'x'.repeat(1000)}"]}`, 'upstream_too_large'],
    ['is no array', () => '{"tools":{}}', 'upstream_protocol'],
    ['is absent', () => '{}', 'upstream_protocol'],
    ['has a cursor that is no string', () => '{"tools":[],"nextCursor":1}', 'upstream_protocol'],
  ] as const)('that %s is refused by the name of the server', async (_what, pages, code) => {
    await expect(list(pages)).rejects.toMatchObject({ code, data: { server: 'srv' } });
  });

  it('is empty where the server does not know the method, and fails on any other error', async () => {
    const failing = (code: number) =>
      listPages('srv', 'tools', bounds, () =>
        Promise.reject(
          new AnsweredError('srv', 'tools/list', { code, message: '', supported: [] }),
        ),
      );
    expect(await failing(-32601)).toEqual([]);
    await expect(failing(-32603)).rejects.toMatchObject({
      message: 'server srv answered tools/list with JSON-RPC error -32603',
    });
  });

  it('fails where a later page does', async () => {
    await expect(
      list((params) => {
        if (params !== undefined)
          throw new AnsweredError('srv', 'tools/list', {
            code: -32601,
            message: '',
            supported: [],
          });
        return '{"tools":[],"nextCursor":"a"}';
      }),
    ).rejects.toBeInstanceOf(AnsweredError);
  });
});
