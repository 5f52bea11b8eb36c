import type { FieldSpec, NamedField } from '../fields.js';

type Check = Readonly<Record<string, unknown>>;

/** One of `x-kubernetes-validations`. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

interface Condition {
  readonly if_field: string;
  readonly if_match: { readonly eq?: unknown };
  readonly then_at_least_one_of: readonly string[];
  readonly then_err?: string;
}

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** Exactly one of these members is there. */
export function exactlyOne(names: readonly string[]): CelRule {
  const count = names.map((name) => `(has(self.${name}) ? 1 : 0)`).join(' + ');
  return { rule: `${count} == 1`, message: `set exactly one of ${quoted(names)}` };
}

/**
 * Kong's checks between fields, in the language of Kubernetes. Those on fields that a Secret may give
 * are left to the controller, which sees the whole.
 */
export function celRules(
  fields: readonly NamedField[],
  checks: FieldSpec['entity_checks'] = [],
): CelRule[] {
  const specs = new Map(fields.flatMap((field) => Object.entries(field)));
  const visible = (name: string) => specs.has(name) && specs.get(name)?.encrypted !== true;
  return checks.flatMap((check) => {
    const found = ruleOf(check, specs);
    return found !== undefined && found.names.every(visible) ? [found.rule] : [];
  });
}

interface Found {
  readonly names: readonly string[];
  readonly rule: CelRule;
}

function ruleOf(check: Check, specs: ReadonlyMap<string, FieldSpec>): Found | undefined {
  const [kind = '', argument] = Object.entries(check)[0] ?? [];
  if (kind === 'conditional_at_least_one_of') return neededRule(argument as Condition, specs);
  const names = argument as readonly string[];
  const has = names.length === undefined ? [] : names.map((name) => `has(self.${name})`);
  switch (kind) {
    case 'only_one_of':
      return { names, rule: exactlyOne(names) };
    case 'at_least_one_of':
      return { names, rule: { rule: has.join(' || '), message: `set one of ${quoted(names)}` } };
    case 'mutually_exclusive':
      return {
        names,
        rule: { rule: `!(${has.join(' && ')})`, message: `set only one of ${quoted(names)}` },
      };
    case 'mutually_required': {
      const rule = has.slice(1).map((one) => `${has[0]} == ${one}`);
      return { names, rule: { rule: rule.join(' && '), message: `${quoted(names)} go together` } };
    }
    default:
      return undefined;
  }
}

function neededRule(condition: Condition, specs: ReadonlyMap<string, FieldSpec>): Found {
  const { if_field: field, if_match: match, then_at_least_one_of: needed, then_err } = condition;
  const byDefault = match.eq !== undefined && specs.get(field)?.default === match.eq;
  const equal = match.eq === undefined ? '' : ` && self.${field} == ${JSON.stringify(match.eq)}`;
  const unmet = byDefault
    ? `has(self.${field}) && self.${field} != ${JSON.stringify(match.eq)}`
    : `!(has(self.${field})${equal})`;
  const rule = [unmet, ...needed.map((name) => `has(self.${name})`)].join(' || ');
  return {
    names: [field, ...needed],
    rule: { rule, message: then_err ?? `\`${field}\` needs one of ${quoted(needed)}` },
  };
}
