import { describe, expect, it } from 'vitest';
import { configHash } from '../../../lib/config/config-hash.js';

const config = { issuer: 'https://as', scopes: ['a', 'b'], nested: { x: 1, y: [{ z: true }] } };

describe('configHash', () => {
  it('is short text, safe in a header and a log', () => {
    expect(configHash(config)).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  it('does not depend on the order of keys at any level', () => {
    const other = { nested: { y: [{ z: true }], x: 1 }, scopes: ['a', 'b'], issuer: 'https://as' };
    expect(configHash(other)).toBe(configHash(config));
  });

  it('leaves out what differs per worker or reload, and counts null as absent', () => {
    const noise = { __seq__: 7, __plugin_id: 'x', $refs: { a: 1 }, unset: null };
    expect(configHash({ ...config, ...noise })).toBe(configHash(config));
    const nested = { ...config, nested: { ...config.nested, unset: null } };
    expect(configHash(nested)).toBe(configHash(config));
  });

  it.each<[string, Record<string, unknown>]>([
    ['a value', { issuer: 'https://as2' }],
    ['the order of a list', { scopes: ['b', 'a'] }],
    ['a list, by a null in it', { scopes: ['a', null, 'b'] }],
    ['a nested value', { nested: { x: 2, y: [{ z: true }] } }],
    ['the type of a value', { nested: { x: '1', y: [{ z: true }] } }],
    ['an empty value that is not null', { extra: '' }],
    ['a list that becomes an object', { scopes: { 0: 'a', 1: 'b' } }],
  ])('changes with %s', (_what, change) => {
    expect(configHash({ ...config, ...change })).not.toBe(configHash(config));
  });
});
