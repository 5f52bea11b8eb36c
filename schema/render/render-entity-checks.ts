import type { NamedField } from '../fields.js';

type JsonSchema = Readonly<Record<string, unknown>>;
type Check = Readonly<Record<string, unknown>>;

interface Condition {
  readonly if_field: string;
  readonly if_match: { readonly eq?: unknown };
  readonly then_at_least_one_of: readonly string[];
}

const has = (name: string): JsonSchema => ({ required: [name] });

/**
 * Kong's checks between fields, as far as an editor can tell: a field that is absent counts as its
 * default there, and an empty list as absent, so checks on lists are left to Kong.
 */
export function between(fields: readonly NamedField[], checks: readonly Check[] = []): JsonSchema {
  const rules = checks.flatMap((check) => ruleOf(check, fields));
  return rules.length === 0 ? {} : { allOf: rules };
}

function ruleOf(check: Check, fields: readonly NamedField[]): JsonSchema[] {
  const [kind = '', argument] = Object.entries(check)[0] ?? [];
  switch (kind) {
    case 'only_one_of':
      return [{ oneOf: (argument as string[]).map(has) }];
    case 'at_least_one_of':
      return [{ anyOf: (argument as string[]).map(has) }];
    case 'mutually_required':
      return [{ dependentRequired: together(argument as string[]) }];
    case 'conditional_at_least_one_of':
      return [neededRule(argument as Condition, fields)];
    default:
      return [];
  }
}

function together(names: readonly string[]): JsonSchema {
  return Object.fromEntries(names.map((name) => [name, names.filter((other) => other !== name)]));
}

function neededRule(condition: Condition, fields: readonly NamedField[]): JsonSchema {
  const { if_field: field, if_match: match, then_at_least_one_of: needed } = condition;
  const byDefault = fields.some((spec) => spec[field]?.default === match.eq);
  const value = match.eq === undefined ? {} : { properties: { [field]: { const: match.eq } } };
  const holds = byDefault && match.eq !== undefined ? value : { ...has(field), ...value };
  return { if: holds, then: { anyOf: needed.map(has) } };
}
