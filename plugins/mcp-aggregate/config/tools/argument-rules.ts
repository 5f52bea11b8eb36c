import { RE2JS } from 're2js';
import { ConfigError } from '../../../../lib/errors/errors.js';
import { claimPath } from '../../../../lib/policy/claim.js';
import { wildcard } from '../../../../lib/policy/pattern.js';
import type { AggregateKongConfig } from '../../../../schema/mcp-aggregate.js';
import { ArgumentRules } from '../../core/policy/argument-rules.js';
import type { ArgumentRule } from '../../core/policy/argument-rules.js';
import type { ArgumentCondition } from '../../core/policy/argument-condition.js';
import { readPointer } from './json-pointer.js';

type KongRule = NonNullable<AggregateKongConfig['argument_rules']>[number];

/** @throws ConfigError naming the rule */
export function readArgumentRules({ argument_rules: rules }: AggregateKongConfig): ArgumentRules {
  // Kong hands on an empty list as `{}`.
  const given = Array.isArray(rules) ? (rules as readonly KongRule[]) : [];
  return new ArgumentRules(given.map((rule, n) => readRule(`argument_rules[${n + 1}]`, rule)));
}

function readRule(field: string, rule: KongRule): ArgumentRule {
  const { names, argument, effect, optional } = rule;
  const tests = names.map(wildcard);
  if (optional && effect === 'deny') {
    throw new ConfigError(`${field}.optional`, 'is for `effect: require`');
  }
  return {
    concerns: (name) => tests.some((test) => test(name)),
    path: readPointer(`${field}.argument`, argument),
    pointer: argument,
    condition: readCondition(field, rule),
    effect,
    optional,
    reason: rule.reason ?? undefined,
  };
}

function readCondition(field: string, rule: KongRule): ArgumentCondition {
  const { equals, matches, claim } = rule;
  const values = Array.isArray(rule.one_of) ? (rule.one_of as readonly string[]) : [];
  const given = [equals, matches, claim].filter((value) => typeof value === 'string');
  if (given.length + (values.length > 0 ? 1 : 0) !== 1) {
    throw new ConfigError(field, 'needs exactly one of equals, one_of, matches and claim');
  }
  if (typeof equals === 'string') return { oneOf: new Set([equals]) };
  if (values.length > 0) return { oneOf: new Set(values) };
  if (typeof claim === 'string') return { claim: claimPath(`${field}.claim`, claim) };
  return { matches: compile(`${field}.matches`, matches!) };
}

function compile(field: string, source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(field, `is no regular expression of RE2: ${why}`);
  }
}
