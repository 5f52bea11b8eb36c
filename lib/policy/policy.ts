import { claimAt } from '../claim-path.js';
import type { ClaimPath } from '../claim-path.js';
import { fulfils } from './claim.js';
import type { ClaimCondition, Claims } from './claim.js';
import type { Operation } from './operation.js';
import { wildcard } from './pattern.js';
import { uriForms } from './uri-forms.js';

/** Which operations a rule is about: all of them where neither is given. */
export interface Target {
  /** Methods; `*` stands for any characters. None means any. */
  readonly methods: readonly string[];
  /** Names of items as clients see them; the same. An operation without a name matches none. */
  readonly names: readonly string[];
}

export interface ScopeRule extends Target {
  readonly scopes: readonly string[];
}

export interface ClaimRule extends Target {
  readonly path: ClaimPath;
  readonly condition: ClaimCondition;
  readonly effect: 'allow' | 'deny';
}

/** Who asks, as far as rules look. */
export interface Subject {
  readonly claims: Claims;
  /** Scopes of the token, implied ones included; empty without a token. */
  readonly granted: ReadonlySet<string>;
}

export type Ruling =
  | { readonly kind: 'allowed' }
  /** By claims. More scopes would not help. */
  | { readonly kind: 'denied' }
  /** `needed` is every scope of the operation, those the token has among them (A11, A12). */
  | { readonly kind: 'lacks_scope'; readonly needed: readonly string[] };

/** The rules an operation matches. Operations with equal keys are ruled alike for everyone. */
export interface Matched {
  readonly key: string;
  readonly scopes: readonly string[];
  /** The claim rules that operations match, each set of them once. */
  readonly claimRules: readonly (readonly ClaimRule[])[];
}

type Matches = (operation: Operation) => boolean;

interface Compiled<R> {
  readonly matches: Matches;
  readonly rule: R;
  readonly index: number;
}

const allowed: Ruling = { kind: 'allowed' };
const denied: Ruling = { kind: 'denied' };

/**
 * Rules on scopes and claims, decided the same wherever they are asked (design D11). What is denied
 * by claims is denied whatever the scopes are.
 */
export class Policy {
  readonly #scopeRules: readonly Compiled<ScopeRule>[];
  readonly #claimRules: readonly Compiled<ClaimRule>[];

  constructor(scopeRules: readonly ScopeRule[], claimRules: readonly ClaimRule[]) {
    this.#scopeRules = scopeRules.map(compile);
    this.#claimRules = claimRules.map(compile);
  }

  get hasRules(): boolean {
    return this.#scopeRules.length > 0 || this.#claimRules.length > 0;
  }

  get hasClaimRules(): boolean {
    return this.#claimRules.length > 0;
  }

  /**
   * Whether `subject` may do all of `operations`.
   * @param base scopes that every operation needs
   */
  rule(operations: readonly Operation[], subject: Subject, base: readonly string[] = []): Ruling {
    return judge(this.match(operations), subject, base);
  }

  /** What the rules say of `operations`, before it is known who asks. */
  match(operations: readonly Operation[]): Matched {
    const scopeRules = this.#scopeRules.filter(({ matches }) => operations.some(matches));
    const scopes = new Set(scopeRules.flatMap(({ rule }) => rule.scopes));
    const sets = new Map<string, readonly ClaimRule[]>();
    for (const operation of operations) {
      const found = this.#claimRules.filter(({ matches }) => matches(operation));
      sets.set(
        keyOf(found),
        found.map(({ rule }) => rule),
      );
    }
    const claimKey = [...sets.keys()].sort().join('/');
    const key = `${keyOf(scopeRules)};${claimKey}`;
    return { key, scopes: [...scopes], claimRules: [...sets.values()] };
  }
}

/** The ruling on matched rules: deny first, then claims that must hold, then scopes. */
export function judge(
  { scopes, claimRules }: Matched,
  subject: Subject,
  base: readonly string[] = [],
): Ruling {
  if (claimRules.some((rules) => !claimsAllow(rules, subject.claims))) return denied;
  const has = (scope: string) => subject.granted.has(scope);
  if (base.every(has) && scopes.every(has)) return allowed;
  return { kind: 'lacks_scope', needed: [...new Set([...base, ...scopes])] };
}

/** Any deny rule that holds denies; where there are allow rules, one of them must hold. */
function claimsAllow(rules: readonly ClaimRule[], claims: Claims): boolean {
  const holds = ({ path, condition }: ClaimRule) => fulfils(claimAt(claims, path), condition);
  if (rules.some((rule) => rule.effect === 'deny' && holds(rule))) return false;
  const allows = rules.filter(({ effect }) => effect === 'allow');
  return allows.length === 0 || allows.some(holds);
}

function compile<R extends Target>(rule: R, index: number): Compiled<R> {
  return { matches: matcher(rule), rule, index };
}

function matcher({ methods, names }: Target): Matches {
  const method = anyOf(methods);
  const plain = anyOf(names);
  const folded = anyOf(names.flatMap(uriForms).map((form) => form.toLowerCase()));
  const matchesName = ({ name, isUri }: Operation) => {
    if (names.length === 0) return true;
    if (name === undefined) return false;
    return isUri === true ? folded(name.toLowerCase()) : plain(name);
  };
  return (operation) => method(operation.method) && matchesName(operation);
}

function anyOf(patterns: readonly string[]): (text: string) => boolean {
  if (patterns.length === 0) return () => true;
  const tests = patterns.map(wildcard);
  return (text) => tests.some((test) => test(text));
}

function keyOf(rules: readonly Compiled<unknown>[]): string {
  return rules.map(({ index }) => index).join(',');
}
