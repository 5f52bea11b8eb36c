import { claimAt } from '../identity/claim-path.js';
import { methods } from '../protocol/methods.js';
import type { ClaimPath } from '../identity/claim-path.js';
import { fulfils } from './claim.js';
import type { ClaimCondition, Claims } from './claim.js';
import { compileRule, readingsOf } from './compiled-rule.js';
import type { Compiled, Target } from './compiled-rule.js';
import { isSeen } from './item-views.js';
import type { ItemViews, Sees, ViewSet } from './item-views.js';
import type { Operation } from './operation.js';

export type { Target } from './compiled-rule.js';

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
  /** Views that apply; absent where all that the rules allow is shown. */
  readonly sees?: Sees | undefined;
}

export type Ruling =
  | { readonly kind: 'allowed' }
  /** By claims or views, or because the URI is unclear. More scopes would not help. */
  | { readonly kind: 'denied' }
  /** `needed` is every scope of the operation, those the token has among them (A11, A12). */
  | { readonly kind: 'lacks_scope'; readonly needed: readonly string[] };

/** A claim rule that an operation matches. */
export interface MatchedClaim {
  readonly rule: ClaimRule;
  /** Whether it names the item for certain: what may only be meant is not permitted by it. */
  readonly names: boolean;
}

/** The rules an operation matches. Operations with equal keys are ruled alike for everyone. */
export interface Matched {
  readonly key: string;
  readonly scopes: readonly string[];
  /** The claim rules that operations match in each of their readings, each set of them once. */
  readonly claimRules: readonly (readonly MatchedClaim[])[];
  /**
   * Rules are about URIs, and readers would differ on which one this is; or scopes of its tool are not
   * known yet.
   */
  readonly unclear: boolean;
  /** Views that show what it is about; absent where it is about no item, or there are no views. */
  readonly shown?: ViewSet | undefined;
}

/** Scopes that a tool needs, by the name that clients see; undefined where that is not known yet. */
export type ScopesOfTool = (name: string) => readonly string[] | undefined;

const allowed: Ruling = { kind: 'allowed' };
const denied: Ruling = { kind: 'denied' };
const unclear: Matched = { key: 'unclear', scopes: [], claimRules: [], unclear: true };

/**
 * Rules on scopes and claims, decided the same wherever they are asked (design D11). What is denied
 * by claims is denied whatever the scopes are.
 */
export class Policy {
  readonly #scopeRules: readonly Compiled<ScopeRule>[];
  readonly #claimRules: readonly Compiled<ClaimRule>[];
  readonly #ofTool: ScopesOfTool | undefined;
  /** Subsets of the items that subjects may be confined to. */
  readonly views: ItemViews | undefined;

  /** @param ofTool scopes that tools need beside those of rules; they may come to be known later */
  constructor(
    scopeRules: readonly ScopeRule[],
    claimRules: readonly ClaimRule[],
    ofTool?: ScopesOfTool,
    views?: ItemViews,
  ) {
    this.#ofTool = ofTool;
    this.views = views;
    this.#scopeRules = scopeRules.map(compileRule);
    this.#claimRules = claimRules.map(compileRule);
  }

  get hasRules(): boolean {
    const count = this.#scopeRules.length + this.#claimRules.length;
    return count > 0 || this.#ofTool !== undefined || this.views !== undefined;
  }

  get hasClaimRules(): boolean {
    return this.#claimRules.length > 0;
  }

  /**
   * Subjects with equal keys are ruled alike, whatever they ask for.
   * @param byScopes whether their scopes matter
   */
  keyOf({ claims, granted, sees }: Subject, byScopes: boolean): string {
    const held = this.#claimRules.map(({ rule: { path, condition } }) =>
      fulfils(claimAt(claims, path), condition) ? '1' : '0',
    );
    const scopes = byScopes ? [...granted].sort().join(' ') : '';
    return [JSON.stringify(sees ?? null), held.join(''), scopes].join('|');
  }

  /** Whether some rule is about URIs: then those that are served must be clear. */
  decidesUris(): boolean {
    const rules = [...this.#scopeRules, ...this.#claimRules];
    return rules.some(({ aboutUris }) => aboutUris);
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
    const needed = new Set<Compiled<ScopeRule>>();
    const sets = new Map<string, readonly MatchedClaim[]>();
    for (const operation of operations) {
      if (!this.#matchOne(operation, needed, sets)) return unclear;
    }
    const scopeRules = [...needed].sort((a, b) => a.index - b.index);
    const ofTools = operations.map((operation) => this.#scopesOf(operation));
    if (ofTools.includes(undefined)) return unclear;
    const own = ofTools.flatMap((scopes = []) => scopes);
    const scopes = new Set([...scopeRules.flatMap(({ rule }) => rule.scopes), ...own]);
    const rules = `${scopeRules.map(({ index }) => index).join(',')}${own.length === 0 ? '' : ` ${own.join(' ')}`}`;
    const key = `${rules};${[...sets.keys()].sort().join('/')}`;
    const matched = { scopes: [...scopes], claimRules: [...sets.values()], unclear: false };
    const shown = this.views?.showing(operations);
    return shown
      ? { ...matched, key: `${key};${shown.indexes.join(',')}`, shown }
      : { ...matched, key };
  }

  #scopesOf({ method, name }: Operation): readonly string[] | undefined {
    if (this.#ofTool === undefined || name === undefined || method !== methods.callTool) return [];
    return this.#ofTool(name);
  }

  /** Adds what matches one operation; false where its URI is unclear. */
  #matchOne(
    operation: Operation,
    needed: Set<Compiled<ScopeRule>>,
    sets: Map<string, readonly MatchedClaim[]>,
  ): boolean {
    const concerned = ({ concerns }: Compiled<Target>) => concerns(operation.method);
    const scopeRules = this.#scopeRules.filter(concerned);
    const claimRules = this.#claimRules.filter(concerned);
    const decides =
      operation.uri !== undefined &&
      [...scopeRules, ...claimRules].some(({ aboutUris }) => aboutUris);
    const readings = readingsOf(operation, decides);
    if (readings === undefined) return false;
    for (const reading of readings) {
      for (const rule of scopeRules) if (rule.means(reading)) needed.add(rule);
      const found = claimRules.filter(({ means }) => means(reading));
      const matched = found.map(({ rule, names }) => ({ rule, names: names(reading) }));
      const key = found.map(({ index }, at) => `${index}${matched[at]!.names ? '' : '?'}`);
      sets.set(key.join(','), matched);
    }
    return true;
  }
}

/** The ruling on matched rules: what no view shows and deny first, then claims that must hold, then scopes. */
export function judge(
  { scopes, claimRules, unclear: isUnclear, shown }: Matched,
  subject: Subject,
  base: readonly string[] = [],
): Ruling {
  if (subject.sees && shown && !isSeen(subject.sees, shown)) return denied;
  if (isUnclear || claimRules.some((rules) => !claimsAllow(rules, subject.claims))) return denied;
  const has = (scope: string) => subject.granted.has(scope);
  if (base.every(has) && scopes.every(has)) return allowed;
  return { kind: 'lacks_scope', needed: [...new Set([...base, ...scopes])] };
}

/**
 * Any deny rule that holds denies; where there are allow rules, one of them must hold, and name the
 * item for certain.
 */
function claimsAllow(rules: readonly MatchedClaim[], claims: Claims): boolean {
  if (rules.length === 0) return true;
  const holds = ({ rule: { path, condition } }: MatchedClaim) =>
    fulfils(claimAt(claims, path), condition);
  if (rules.some((matched) => matched.rule.effect === 'deny' && holds(matched))) return false;
  const allows = rules.filter(({ rule }) => rule.effect === 'allow');
  return allows.length === 0 || allows.some((matched) => matched.names && holds(matched));
}
