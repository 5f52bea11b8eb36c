import { describe, expect, it } from 'vitest';
import type { PreparedItem } from '../../../../plugins/mcp-aggregate/core/items/prepare-item.js';
import { termsOf } from '../../../../plugins/mcp-aggregate/core/discovery/terms.js';
import {
  ToolIndex,
  indexBounds,
} from '../../../../plugins/mcp-aggregate/core/discovery/tool-index.js';

function item(name: string, more: object = {}): PreparedItem {
  const raw = Buffer.from(JSON.stringify({ name, inputSchema: { type: 'object' }, ...more }));
  return { name, original: name, claim: 'own', raw } as unknown as PreparedItem;
}

function indexOf(items: readonly PreparedItem[], bounds = {}): ToolIndex {
  const index = new ToolIndex({ ...indexBounds, ...bounds });
  for (const one of items) index.add(one);
  return index;
}

const find = (index: ToolIndex, query: string, counts = (_name: string) => true) =>
  index.find(termsOf(query, 12), counts);

describe('words', () => {
  it.each([
    ['github__list_openPullRequests', 'github list open pull request'],
    ['Lists the ISSUES of a repository, by status', 'list issue repository statu'],
    ['queries HTTPServer2Go', 'query httpserver2 go'],
    ['查询订单状态', '查询 询订 订单 单状 状态'],
    ['!!! …', ''],
  ])('of %s', (text, words) => {
    expect(termsOf(text, 99).join(' ')).toBe(words);
  });

  it('are so many and so long at most', () => {
    expect(termsOf('w '.repeat(1_000), 5)).toHaveLength(5);
    expect(termsOf('x'.repeat(1_000), 5)).toEqual(['x'.repeat(32)]);
  });
});

describe('an index of tools', () => {
  const tools = [
    item('git__create_issue', { description: 'Opens a new issue in a repository.' }),
    item('git__list_commits', { description: 'Lists commits; each may close an issue.' }),
    item('crm__find', { title: 'Find customers', description: 'By name or city.' }),
    item('shop__order', {
      inputSchema: {
        type: 'object',
        properties: { voucher: { type: 'string', description: 'Code of a discount.' } },
      },
    }),
  ];
  const index = indexOf(tools);

  it('finds by name, title, description and arguments, names first', () => {
    expect(find(index, 'issues')).toEqual(['git__create_issue', 'git__list_commits']);
    expect(find(index, 'customer')).toEqual(['crm__find']);
    expect(find(index, 'discount')).toEqual(['shop__order']);
    expect(find(index, 'VOUCHERS')).toEqual(['shop__order']);
    expect(find(index, 'git__list_commits')[0]).toBe('git__list_commits');
    expect(find(index, 'weather')).toEqual([]);
    expect(find(index, '?')).toEqual([]);
  });

  it('finds what counts for who asks', () => {
    expect(find(index, 'issue', (name) => name !== 'git__create_issue')).toEqual([
      'git__list_commits',
    ]);
  });

  it('finds texts without spaces by their parts', () => {
    const han = indexOf([
      item('a', { description: '查询订单状态' }),
      item('b', { description: '天气' }),
    ]);
    expect(find(han, '订单')).toEqual(['a']);
    expect(find(han, '状态订单')).toEqual(['a']);
    expect(find(han, '天气')).toEqual(['b']);
  });

  it('takes words that other objects have as members', () => {
    const odd = indexOf([item('x__constructor', { description: 'prototype toString __proto__' })]);
    for (const query of ['constructor', 'prototype', '__proto__', 'hasOwnProperty toString']) {
      expect(find(odd, query)).toEqual(['x__constructor']);
    }
  });

  it('looks at rare words first where all are in too many tools', () => {
    const many = Array.from({ length: 50 }, (_, n) => item(`t${n}`, { description: 'common' }));
    const one = indexOf([...many, item('rare', { description: 'common special' })], { looks: 20 });
    expect(find(one, 'common special')).toEqual(['rare']);
    expect(find(one, 'common')).toHaveLength(51);
  });

  it('holds no more than it may, and says how many are left', () => {
    const many = Array.from({ length: 30 }, (_, n) =>
      item(`tool${n}x`, { description: `own${n}` }),
    );
    const few = indexOf(many, { tools: 10 });
    expect(few.left).toBe(20);
    expect(find(few, 'own9')).toEqual(['tool9x']);
    expect(find(few, 'own10')).toEqual([]);
    const small = indexOf(many, { bytes: 20_000 });
    expect(small.bytes).toBeLessThan(24_000);
    expect(small.left).toBeGreaterThan(5);
    expect(small.left).toBeLessThan(30);
  });

  it('reads the beginning of long texts, and no schema with thousands of arguments', () => {
    const properties = Object.fromEntries(Array.from({ length: 1_500 }, (_, n) => [`p${n}`, {}]));
    const long = `first "\\u00e9 ${'x'.repeat(9_000)} last`;
    const odd = indexOf([item('odd', { description: long, inputSchema: { properties } })]);
    expect(find(odd, 'first')).toEqual(['odd']);
    expect(find(odd, 'last')).toEqual([]);
    expect(find(odd, 'p1')).toEqual([]);
  });
});
