import { describe, expect, it } from 'vitest';
import { readPolicy } from '../../../lib/policy/read-policy.js';
import type { KongPolicy } from '../../../lib/policy/read-policy.js';

const claim = { claim: 'sub', effect: 'deny' } as const;

describe('rules as Kong hands them over', () => {
  it.each<[string, KongPolicy, RegExp]>([
    ['a circle', { scope_hierarchy: { a: ['b'], b: ['a'] } }, /^scope_hierarchy: .*a → b → a/],
    ['offline_access', { scope_rules: [{ scopes: ['offline_access'] }] }, /^scope_rules\[1\]: /],
    [
      'names where no method has one',
      { scope_rules: [{ scopes: ['s'], methods: ['tools/list'], names: ['a'] }] },
      /^scope_rules\[1\]\.names: .*tools\/call/,
    ],
    ['no condition', { claim_rules: [claim] }, /^claim_rules\[1\]: needs exactly one/],
    [
      'two conditions',
      {
        claim_rules: [
          { ...claim, equals: 'a' },
          { ...claim, equals: 'a', contains: 'b' },
        ],
      },
      /^claim_rules\[2\]: needs exactly one/,
    ],
    [
      'an empty one_of',
      { claim_rules: [{ ...claim, one_of: [] }] },
      /^claim_rules\[1\]: needs exactly one/,
    ],
    [
      'a bad path',
      { claim_rules: [{ ...claim, claim: 'a..b', equals: 'x' }] },
      /^claim_rules\[1\]\.claim: /,
    ],
    [
      'names of a claim rule where no method has one',
      { claim_rules: [{ ...claim, equals: 'x', methods: ['initialize'], names: ['*'] }] },
      /^claim_rules\[1\]\.names: /,
    ],
  ])('with %s are refused at start', (_what, kong, message) => {
    expect(() => readPolicy(kong)).toThrow(message);
  });

  it.each<[string, KongPolicy]>([
    ['absent', {}],
    ['null', { scope_hierarchy: null, scope_rules: null, claim_rules: null }],
    ['empty', { scope_hierarchy: {}, scope_rules: [], claim_rules: [] }],
    ['empty maps for lists', { scope_rules: {} as never, claim_rules: {} as never }],
  ])('may be %s', (_what, kong) => {
    const { policy, expand } = readPolicy(kong);
    expect(policy.hasRules).toBe(false);
    expect([...expand(['a'])]).toEqual(['a']);
  });

  it('take null for what is not given', () => {
    const { policy } = readPolicy({
      scope_rules: [{ scopes: ['s'], methods: null, names: null }],
      claim_rules: [{ ...claim, equals: 'x', contains: null, one_of: null, methods: null }],
    });
    expect(policy.match([{ method: 'ping', name: undefined }])).toMatchObject({
      scopes: ['s'],
      claimRules: [[{ rule: { condition: { equals: 'x' } } }]],
    });
  });

  it('let names stand with a wildcard that covers a method with names', () => {
    const methods = ['tools/*'];
    expect(() =>
      readPolicy({ scope_rules: [{ scopes: ['s'], methods, names: ['a'] }] }),
    ).not.toThrow();
  });
});
