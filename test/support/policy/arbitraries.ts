import fc from 'fast-check';
import type { KongPolicy } from '../../../lib/policy/read-policy.js';

export type KongScopeRule = NonNullable<KongPolicy['scope_rules']>[number];
export type KongClaimRule = NonNullable<KongPolicy['claim_rules']>[number];

/** Few names, so that rules and requests meet often. */
export const toolNames = ['a__one', 'a__two', 'b__one', 'b__two'] as const;
const scopeNames = ['s1', 's2', 's3', 's4'] as const;

const methods = fc.subarray(['tools/call', 'tools/*', '*', 'prompts/get', 'initialize'], {
  maxLength: 2,
});
const names = fc.subarray([...toolNames, 'a__*', '*__one', '*', 'c__*'], { maxLength: 2 });

/** Names only where a method has them, as `readPolicy` wants it. */
const target = fc
  .record({ methods, names })
  .map((given) =>
    given.names.length > 0 && given.methods.join() === 'initialize'
      ? { ...given, methods: [] }
      : given,
  );

const scope = fc.constantFrom(...scopeNames);

export const scopes = fc.uniqueArray(scope, { maxLength: 3 });

export const scopeRule: fc.Arbitrary<KongScopeRule> = fc
  .tuple(target, fc.uniqueArray(scope, { minLength: 1, maxLength: 2 }))
  .map(([about, needed]) => ({ ...about, scopes: needed }));

const value = fc.constantFrom('x', 'y', 'z');
const condition = fc.oneof(
  value.map((equals) => ({ equals })),
  value.map((contains) => ({ contains })),
  fc.uniqueArray(value, { minLength: 1, maxLength: 2 }).map((one_of) => ({ one_of })),
);

export const claimRule = (
  effect: fc.Arbitrary<'allow' | 'deny'> = fc.constantFrom('allow', 'deny'),
): fc.Arbitrary<KongClaimRule> =>
  fc
    .tuple(target, fc.constantFrom('role', 'org.team', 'missing'), condition, effect)
    .map(([about, claim, asks, does]) => ({ ...about, claim, ...asks, effect: does }));

/** Only downwards, so that there is no circle. */
const hierarchy = fc.constantFrom<Record<string, readonly string[]>>(
  {},
  { s1: ['s2'] },
  { s1: ['s2', 's3'], s3: ['s4'] },
);

export const claims = fc
  .record(
    {
      role: fc.oneof(value, fc.array(value, { maxLength: 2 })),
      org: fc.record({ team: value }),
    },
    { requiredKeys: [] },
  )
  .map((given): Readonly<Record<string, unknown>> => given);

export const policy = fc.record({
  scope_hierarchy: hierarchy,
  scope_rules: fc.array(scopeRule, { maxLength: 3 }),
  claim_rules: fc.array(claimRule(), { maxLength: 3 }),
});

export interface KongView {
  readonly name: string;
  readonly path?: string;
  readonly claim?: string;
  readonly one_of?: readonly string[];
  readonly servers: readonly string[];
  readonly tools: readonly string[];
}

/** Servers and tools that a view shows; never nothing at all. */
const shown = fc
  .record({ servers: fc.subarray(['a', 'b'], { maxLength: 1 }), tools: names })
  .map((given) =>
    given.servers.length + given.tools.length === 0 ? { ...given, tools: ['a__one'] } : given,
  );

/** Views by the paths `/v/0`, `/v/1` … and by the claim `role`. */
export const views: fc.Arbitrary<readonly KongView[]> = fc
  .array(fc.tuple(shown, fc.boolean(), fc.uniqueArray(value, { minLength: 1, maxLength: 2 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((all) =>
    all.map(([about, byPath, one_of], n) => ({
      name: `v${n}`,
      ...about,
      ...(byPath ? { path: `/v/${n}` } : { claim: 'role', one_of }),
    })),
  );
