import { describe, expect, it } from 'vitest';
import {
  nameFilter,
  uriFilter,
} from '../../../../../plugins/mcp-aggregate/core/items/name-filter.js';

describe('a filter of names', () => {
  it.each([
    [[], [], 'any', true],
    [['a', 'b'], [], 'a', true],
    [['a', 'b'], [], 'c', false],
    [['get_*'], [], 'get_x', true],
    [['get_*'], [], 'forget_x', false],
    [['*_read'], [], 'x_read', true],
    [['a*c*e'], [], 'abcde', true],
    [['a*c*e'], [], 'abde', false],
    [[], ['*'], 'a', false],
    [['a'], ['a'], 'a', false],
    [['*'], ['delete_*'], 'delete_x', false],
    [['*'], ['delete_*'], 'undelete_x', true],
    [['a.c'], [], 'abc', false],
    [['Get'], [], 'get', false],
  ])('allow %j, deny %j: %s is shown: %s', (allow, deny, name, shown) => {
    expect(nameFilter({ allow, deny })(name)).toBe(shown);
  });

  it('takes no longer for a hostile name than its length', () => {
    const shows = nameFilter({ allow: ['*a*a*a*a*a*a*a*a*b'], deny: [] });
    const before = performance.now();
    expect(shows('a'.repeat(1_000_000))).toBe(false);
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe('a filter of URIs', () => {
  const secret = uriFilter({ allow: [], deny: ['file:///secret/*'] });
  const open = uriFilter({ allow: ['file:///pub/*'], deny: [] });

  it.each([
    'file:///secret/k',
    'file:///pub/../secret/k',
    'file:///pub/%2e%2e/secret/k',
    'file:///pub/%252e%252e/secret/k',
    'file:///%73ecret/k',
    'file:///%2525252573ecret/k',
    'file:///%25252525252573ecret/k',
    'FILE:///secret/k',
  ])('%s is denied under every spelling', (uri) => {
    expect(secret(uri)).toBe(false);
  });

  it.each(['file:///pub/../etc', 'file:///pub/%2e%2e/etc', 'file:///etc'])(
    '%s is not among what is allowed',
    (uri) => expect(open(uri)).toBe(false),
  );

  it.each([
    'file:///pub/a',
    'file:///pub/a b',
    'file:///pub/a%20b',
    'file:///pub/{name}',
    'file:///pub/50%25',
    'file:///pub/é%C3%A9',
  ])('%s is', (uri) => expect(open(uri)).toBe(true));

  it('allows a template by its own text', () => {
    const shows = uriFilter({ allow: ['demo://x/{id}'], deny: [] });
    expect(shows('demo://x/{id}')).toBe(true);
    expect(shows('demo://x/1')).toBe(false);
  });
});
