import { describe, expect, it } from 'vitest';
import { AnsweredError } from '../../../../../plugins/mcp-aggregate/upstream/conversation/answer.js';
import { listPages } from '../../../../../plugins/mcp-aggregate/upstream/lists/list-pages.js';

const bounds = { maxPages: 5, maxItems: 10, maxBytes: 1000 };

/** Lists from pages by cursor (raw JSON); the first page is that of `undefined`. */
async function list(pages: (params: string | undefined, asked: number) => string) {
  const asked: (string | undefined)[] = [];
  const { items, flaw } = await listPages('srv', 'tools', bounds, async (params) => {
    asked.push(params?.toString());
    return Buffer.from(pages(params?.toString(), asked.length));
  });
  return { asked, items: items.map(String), flaw };
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
    ['has too many items', (): string => `{"tools":[${'{},'.repeat(10)}{}]}`, 'upstream_too_large'],
    ['is too large', (): string => `{"tools":["${'x'.repeat(1000)}"]}`, 'upstream_too_large'],
    ['is no array', (): string => '{"tools":{}}', 'upstream_protocol'],
    ['is absent', (): string => '{}', 'upstream_protocol'],
  ] as const)('that %s is refused by the name of the server', async (_what, pages, code) => {
    await expect(list(pages)).rejects.toMatchObject({ code, data: { server: 'srv' } });
  });

  it.each([
    [
      'a cursor is repeated',
      (n: number) => (n < 3 ? `{"tools":[${n}],"nextCursor":"a"}` : 'unasked'),
      ['1', '2'],
      'repeats a cursor: its list has no end',
    ],
    [
      'an empty cursor leads to the first page again',
      () => '{"tools":[1,2],"nextCursor":""}',
      ['1', '2'],
      'sent the same page of a list again',
    ],
    [
      'new cursors lead to the same page again',
      (n: number) => `{"tools":[1,2],"nextCursor":"${n}"}`,
      ['1', '2'],
      'sent the same page of a list again',
    ],
    [
      'there are too many pages',
      (n: number) => `{"tools":[${n}],"nextCursor":"${n}"}`,
      ['1', '2', '3', '4', '5'],
      'sent a list of more than 5 pages',
    ],
    [
      'a cursor is no string',
      () => '{"tools":[1],"nextCursor":1}',
      ['1'],
      'sent a nextCursor that is no string',
    ],
    ['the array is null', () => '{"tools":null}', [], 'answered a list with "tools": null'],
    [
      'a later page has no array',
      (n: number) => (n === 1 ? '{"tools":[1],"nextCursor":"a"}' : '{"nextCursor":"b"}'),
      ['1'],
      'answered a list without the array "tools"',
    ],
    [
      'a later page has too many items',
      (n: number) => `{"tools":[${'1,'.repeat(5)}${n}],"nextCursor":"${n}"}`,
      ['1', '1', '1', '1', '1', '1'],
      'sent a list of more than 10 items',
    ],
    [
      'a later page is too large',
      (n: number) => `{"tools":["${String(n).repeat(600)}"],"nextCursor":"${n}"}`,
      [`"${'1'.repeat(600)}"`],
      'sent a list of more than 1000 bytes',
    ],
  ] as const)(
    'ends with what came before, and says so, where %s',
    async (_, pages, items, flaw) => {
      expect(await list((_params, n) => pages(n))).toMatchObject({ items, flaw });
    },
  );

  it('has no flaw where it ends as it should, empty pages among it', async () => {
    const pages = [
      '{"tools":[],"nextCursor":"a"}',
      '{"tools":[],"nextCursor":"b"}',
      '{"tools":[1]}',
    ];
    expect(await list((_, n) => pages[n - 1]!)).toMatchObject({ items: ['1'], flaw: undefined });
  });

  it('is whole where the server refuses the empty cursor that it sent', async () => {
    const listed = await list((params) => {
      if (params === undefined) return '{"tools":[1],"nextCursor":""}';
      throw new AnsweredError('srv', 'tools/list', { code: -32602, message: '', supported: [] });
    });
    const flaw = 'knows no page by the empty cursor it sent';
    expect(listed).toMatchObject({ items: ['1'], flaw });
  });

  it('is empty where the server does not know the method, and fails on any other error', async () => {
    const failing = (code: number) =>
      listPages('srv', 'tools', bounds, () =>
        Promise.reject(
          new AnsweredError('srv', 'tools/list', { code, message: '', supported: [] }),
        ),
      );
    expect(await failing(-32601)).toEqual({ items: [], flaw: undefined });
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
