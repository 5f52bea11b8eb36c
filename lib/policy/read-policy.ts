import { ConfigError } from '../errors/errors.js';
import { claimPath } from './claim.js';
import type { ItemViews } from './item-views.js';
import { offlineAccess } from './offline-access.js';
import { namedMethods } from './operation.js';
import { wildcard } from './pattern.js';
import { Policy } from './policy.js';
import type { ClaimRule, ScopeRule, ScopesOfTool, Target } from './policy.js';
import { scopeHierarchy } from './scope-hierarchy.js';
import type { Expand } from './scope-hierarchy.js';

type Maybe<T> = T | null | undefined;

interface KongTarget {
  readonly methods?: Maybe<readonly string[]>;
  readonly names?: Maybe<readonly string[]>;
}

/** The rules as Kong hands them over; both plugins have these fields. */
export interface KongPolicy {
  readonly scope_hierarchy?: Maybe<Readonly<Record<string, readonly string[]>>>;
  readonly scope_rules?: Maybe<readonly (KongTarget & { readonly scopes: readonly string[] })[]>;
  readonly claim_rules?: Maybe<readonly (KongTarget & KongClaimRule)[]>;
}

interface KongClaimRule {
  readonly claim: string;
  readonly equals?: Maybe<string>;
  readonly contains?: Maybe<string>;
  readonly one_of?: Maybe<readonly string[]>;
  readonly effect: 'allow' | 'deny';
}

export interface ReadPolicy {
  readonly policy: Policy;
  /** Scopes of a token with all that they imply. */
  readonly expand: Expand;
}

/**
 * Reads the rules of either plugin.
 * @param ofTool scopes that tools need beside those of rules
 * @throws ConfigError naming the field, for what the schema cannot express
 */
export function readPolicy(kong: KongPolicy, ofTool?: ScopesOfTool, views?: ItemViews): ReadPolicy {
  const scopeRules = list(kong.scope_rules).map((rule, index): ScopeRule => {
    const field = `scope_rules[${index + 1}]`;
    const scopes = list(rule.scopes);
    if (scopes.includes(offlineAccess)) {
      throw new ConfigError(field, `must not need ${offlineAccess}: it is not a resource's scope`);
    }
    return { ...readTarget(field, rule), scopes };
  });
  const claimRules = list(kong.claim_rules).map((rule, index) =>
    readClaimRule(`claim_rules[${index + 1}]`, rule),
  );
  return {
    policy: new Policy(scopeRules, claimRules, ofTool, views),
    expand: scopeHierarchy('scope_hierarchy', readHierarchy(kong.scope_hierarchy)),
  };
}

/** Kong hands on an empty list or map as null, `[]` or `{}`. */
function list<T>(value: Maybe<readonly T[]>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

function readHierarchy(value: KongPolicy['scope_hierarchy']) {
  const entries = Object.entries(value ?? {}).map(([scope, implied]) => [scope, list(implied)]);
  return Object.fromEntries(entries) as Readonly<Record<string, readonly string[]>>;
}

function readTarget(field: string, rule: KongTarget): Target {
  const methods = list(rule.methods);
  const names = list(rule.names);
  const tests = methods.map(wildcard);
  const hasNames = namedMethods.some((method) => tests.some((test) => test(method)));
  if (names.length > 0 && methods.length > 0 && !hasNames) {
    throw new ConfigError(
      `${field}.names`,
      `none of its methods has a name; name the item's own method (tools/call, prompts/get, resources/read), which decides lists too`,
    );
  }
  return { methods, names };
}

function readClaimRule(field: string, rule: KongTarget & KongClaimRule): ClaimRule {
  return { ...readTarget(field, rule), ...readCondition(field, rule), effect: rule.effect };
}

/**
 * What is asked of a claim.
 * @throws ConfigError naming the field
 */
export function readCondition(
  field: string,
  rule: Omit<KongClaimRule, 'effect'>,
): Pick<ClaimRule, 'path' | 'condition'> {
  const condition = {
    equals: rule.equals ?? undefined,
    contains: rule.contains ?? undefined,
    oneOf: list(rule.one_of).length > 0 ? list(rule.one_of) : undefined,
  };
  const given = Object.values(condition).filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw new ConfigError(field, 'needs exactly one of equals, contains and one_of');
  }
  const path = claimPath(`${field}.claim`, rule.claim);
  return { path, condition };
}
