import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemOperations } from '../../../lib/policy/operation.js';
import type { Operation } from '../../../lib/policy/operation.js';
import { readPolicy } from '../../../lib/policy/read-policy.js';
import type { KongPolicy } from '../../../lib/policy/read-policy.js';
import * as any from '../../support/policy/arbitraries.js';

const call = (name: string) => itemOperations('tool', name);
const method = (name: string): readonly Operation[] => [{ method: name, name: undefined }];

interface Who {
  readonly scopes?: readonly string[];
  readonly claims?: Readonly<Record<string, unknown>>;
}

function rule(kong: KongPolicy, operations: readonly Operation[], who: Who, base?: string[]) {
  const { policy, expand } = readPolicy(kong);
  const subject = { claims: who.claims ?? {}, granted: expand(who.scopes ?? []) };
  const ruling = policy.rule(operations, subject, base);
  return ruling.kind === 'lacks_scope' ? ruling.needed : ruling.kind;
}

describe('scope rules', () => {
  const kong: KongPolicy = {
    scope_hierarchy: { admin: ['files:write'], 'files:write': ['files:read'] },
    scope_rules: [
      { scopes: ['base'] },
      { methods: ['tools/call'], names: ['files__*'], scopes: ['files:read'] },
      { names: ['files__delete', 'files__write'], scopes: ['files:write', 'audit'] },
      { methods: ['prompts/*'], scopes: ['prompts'] },
    ],
  };

  it.each<[string, readonly Operation[], string[], unknown]>([
    ['a method without a rule of its own', method('tools/list'), ['base'], 'allowed'],
    ['a call without any scope', call('files__read'), [], ['base', 'files:read']],
    ['a call with one of two', call('files__read'), ['base'], ['base', 'files:read']],
    ['a call with both', call('files__read'), ['base', 'files:read'], 'allowed'],
    ['an implied scope', call('files__read'), ['base', 'files:write'], 'allowed'],
    ['a scope implied at depth', call('files__read'), ['base', 'admin'], 'allowed'],
    [
      'all matching rules in one challenge (A11)',
      call('files__delete'),
      ['base'],
      ['base', 'files:read', 'files:write', 'audit'],
    ],
    [
      'granted scopes too (A12)',
      call('files__delete'),
      ['base', 'admin'],
      ['base', 'files:read', 'files:write', 'audit'],
    ],
    ['an item of another server', call('memory__read'), ['base'], 'allowed'],
    ['a wildcard in methods', method('prompts/list'), ['base'], ['base', 'prompts']],
    ['a request without a message', method(''), [], ['base']],
  ])('decide on %s', (_what, operations, scopes, expected) => {
    expect(rule(kong, operations, { scopes })).toEqual(expected);
  });

  it('come after the scopes that everything needs, each named once', () => {
    const needed = rule(kong, call('files__read'), {}, ['mcp', 'base']);
    expect(needed).toEqual(['mcp', 'base', 'files:read']);
  });
});

describe('claim rules', () => {
  const kong: KongPolicy = {
    claim_rules: [
      { claim: 'org', one_of: ['evil', 'worse'], effect: 'deny' },
      { claim: 'realm.roles', contains: 'admin', effect: 'allow', names: ['*__delete'] },
      { claim: 'sub', equals: 'root', effect: 'allow', names: ['files__*'] },
      { claim: 'trial', equals: 'true', effect: 'deny', methods: ['tools/call'] },
    ],
    scope_rules: [{ names: ['files__delete'], scopes: ['files'] }],
  };
  const admin = { realm: { roles: ['admin'] } };
  const files = { scopes: ['files'] };

  it.each<[string, string, Who, unknown]>([
    ['no allow rule matches', 'memory__read', {}, 'allowed'],
    ['the claim of an allow rule is missing', 'memory__delete', {}, 'denied'],
    ['the claim of an allow rule differs', 'memory__delete', { claims: { sub: 'root' } }, 'denied'],
    ['one allow rule holds', 'memory__delete', { claims: admin }, 'allowed'],
    ['one of two allow rules holds', 'files__delete', { claims: admin, ...files }, 'allowed'],
    ['the other of them holds', 'files__delete', { claims: { sub: 'root' }, ...files }, 'allowed'],
    ['a deny rule holds too', 'memory__delete', { claims: { ...admin, org: 'evil' } }, 'denied'],
    ['a deny rule alone holds', 'memory__read', { claims: { org: 'worse' } }, 'denied'],
    ['the claim of a deny rule differs', 'memory__read', { claims: { org: 'good' } }, 'allowed'],
    ['a boolean claim is denied', 'memory__read', { claims: { trial: true } }, 'denied'],
    ['claims deny and scopes are missing', 'files__delete', {}, 'denied'],
    ['claims allow and scopes are missing', 'files__delete', { claims: admin }, ['files']],
  ])('where %s', (_what, name, who, expected) => {
    expect(rule(kong, call(name), who)).toEqual(expected);
  });

  it('deny methods by name of the method', () => {
    const claims = { trial: true };
    expect(rule(kong, method('tools/list'), { claims })).toBe('allowed');
    expect(rule(kong, method('tools/call'), { claims })).toBe('denied');
  });

  it('hold for every spelling of a URI', () => {
    const secret: KongPolicy = {
      claim_rules: [
        { claim: 'iss', equals: 'x', effect: 'allow', names: ['mcp+Files+file:///secret/*'] },
      ],
    };
    const read = (uri: string) => rule(secret, itemOperations('resource', uri), {});
    for (const uri of [
      'mcp+Files+file:///secret/a',
      'mcp+files+file:///secret/a',
      'mcp+Files+file:///public/../secret/a',
      'mcp+Files+file:///public/%2e%2e/secret/a',
      'mcp+Files+file:///%73ecret/a',
      'mcp+Files+file:///%2573ecret/a',
    ]) {
      expect([uri, read(uri)]).toEqual([uri, 'denied']);
    }
    expect(read('mcp+Files+file:///public/a')).toBe('allowed');
  });

  it('hold for every spelling of a URI in the rule itself', () => {
    const names = ['x:///%73ecret a/../*'];
    const deny: KongPolicy = {
      claim_rules: [{ claim: 'sub', equals: 'eve', effect: 'deny', names }],
    };
    const read = (uri: string) =>
      rule(deny, itemOperations('resource', uri), { claims: { sub: 'eve' } });
    expect(read('x:///secret a/../b')).toBe('denied');
    expect(read('x:///%73ecret%20a/../b')).toBe('denied');
  });
});

describe('whatever the rules', () => {
  const anyone = fc.record({ scopes: any.scopes, claims: any.claims });
  const asked = fc.oneof(
    fc.constantFrom(...any.toolNames).map(call),
    fc.constantFrom('tools/list', 'initialize', '').map(method),
  );
  const runs = { numRuns: 1500 };

  it('one more deny rule never grants', () => {
    fc.assert(
      fc.property(
        any.policy,
        any.claimRule(fc.constant('deny')),
        anyone,
        asked,
        (kong, more, who, what) => {
          const stricter = { ...kong, claim_rules: [...kong.claim_rules, more] };
          if (rule(stricter, what, who) === 'allowed')
            expect(rule(kong, what, who)).toBe('allowed');
          if (rule(kong, what, who) === 'denied') expect(rule(stricter, what, who)).toBe('denied');
        },
      ),
      runs,
    );
  });

  it('one more scope rule never grants', () => {
    fc.assert(
      fc.property(any.policy, any.scopeRule, anyone, asked, (kong, more, who, what) => {
        const stricter = { ...kong, scope_rules: [...kong.scope_rules, more] };
        if (rule(stricter, what, who) === 'allowed') expect(rule(kong, what, who)).toBe('allowed');
      }),
      runs,
    );
  });

  it('more scopes in a token never take a call away', () => {
    fc.assert(
      fc.property(any.policy, anyone, any.scopes, asked, (kong, who, more, what) => {
        const richer = { ...who, scopes: [...who.scopes, ...more] };
        if (rule(kong, what, who) === 'allowed') expect(rule(kong, what, richer)).toBe('allowed');
      }),
      runs,
    );
  });

  it('the scopes that are named suffice, and each of them is needed or held', () => {
    fc.assert(
      fc.property(any.policy, anyone, asked, (kong, who, what) => {
        const needed = rule(kong, what, who);
        if (!Array.isArray(needed)) return;
        expect(rule(kong, what, { ...who, scopes: needed as string[] })).toBe('allowed');
        expect(new Set(needed).size).toBe(needed.length);
      }),
      runs,
    );
  });

  it('the order of rules does not matter', () => {
    fc.assert(
      fc.property(any.policy, anyone, asked, (kong, who, what) => {
        const { scope_rules, claim_rules } = kong;
        const turned = {
          ...kong,
          scope_rules: scope_rules.toReversed(),
          claim_rules: claim_rules.toReversed(),
        };
        const sorted = (ruling: unknown) => (Array.isArray(ruling) ? ruling.sort() : ruling);
        expect(sorted(rule(turned, what, who))).toEqual(sorted(rule(kong, what, who)));
      }),
      runs,
    );
  });

  it('operations with equal keys are ruled alike for everyone', () => {
    const urls = fc.constantFrom('file:///A', 'file:///a/../b', 'file:///b', 'x:%41');
    const about = fc.oneof(
      asked,
      urls.map((uri) => itemOperations('resource', uri)),
    );
    fc.assert(
      fc.property(any.policy, about, about, anyone, (kong, one, other, who) => {
        const { policy } = readPolicy(kong);
        if (policy.match(one).key !== policy.match(other).key) return;
        expect(rule(kong, one, who)).toEqual(rule(kong, other, who));
      }),
      runs,
    );
  });

  it('who has neither claims nor scopes passes only where no rule matches, or only deny rules do', () => {
    fc.assert(
      fc.property(any.policy, asked, (kong, what) => {
        if (rule(kong, what, {}) !== 'allowed') return;
        const { scopes, claimRules } = readPolicy(kong).policy.match(what);
        expect(scopes).toEqual([]);
        expect(claimRules.flat().filter(({ rule: { effect } }) => effect === 'allow')).toEqual([]);
      }),
      runs,
    );
  });
});
