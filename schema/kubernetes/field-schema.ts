import type { FieldSpec, NamedField } from '../fields.js';
import { patternText } from '../render/pattern-text.js';
import { celRules } from './cel-rules.js';

/** A structural schema of a CustomResourceDefinition (OpenAPI v3). */
export type Structural = Readonly<Record<string, unknown>>;

const vaultReference = '^\\{vault://.+\\}$';
/** Kubernetes estimates the cost of rules by it. */
const mostMembers = 128;
const mostEntries = 256;

/** What becomes of a Kong field: same name, same meaning; defaults are left to Kong. */
export function fieldSchema(spec: FieldSpec): Structural {
  return { ...about(spec), ...valueSchema(spec) };
}

/** A record's members, what is required of them, and what has to fit between them. */
export function recordSchema(
  fields: readonly NamedField[],
  checks: FieldSpec['entity_checks'] = [],
): Structural {
  const specs = fields.flatMap((field) => Object.entries(field));
  const needed = specs.filter(([, spec]) => spec.required === true && spec.default === undefined);
  const rules = celRules(fields, checks);
  return {
    type: 'object',
    properties: Object.fromEntries(specs.map(([name, spec]) => [name, fieldSchema(spec)])),
    ...(needed.length > 0 ? { required: needed.map(([name]) => name) } : {}),
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  };
}

function about({ description, default: value, encrypted }: FieldSpec): Structural {
  const empty = typeof value === 'object' && Object.keys(value as object).length === 0;
  const parts = [
    description ?? '',
    ...(value === undefined || empty ? [] : [`Default: ${JSON.stringify(value)}.`]),
    ...(encrypted === true ? ['A vault reference, or given by `valuesFrom`.'] : []),
  ];
  const text = parts.filter((part) => part !== '').join(' ');
  return text === '' ? {} : { description: text };
}

function valueSchema(spec: FieldSpec): Structural {
  switch (spec.type) {
    case 'string':
      return { type: 'string', ...textRules(spec) };
    case 'integer':
    case 'number':
      return {
        type: spec.type,
        ...(spec.between ? { minimum: spec.between[0], maximum: spec.between[1] } : {}),
        ...(spec.gt === undefined ? {} : { minimum: spec.gt, exclusiveMinimum: true }),
      };
    case 'boolean':
      return { type: 'boolean' };
    case 'array':
    case 'set':
      return {
        type: 'array',
        items: fieldSchema(spec.elements ?? { type: 'string' }),
        ...(spec.len_min === undefined ? {} : { minItems: spec.len_min }),
        maxItems: spec.len_max ?? mostEntries,
      };
    case 'map':
      return {
        type: 'object',
        maxProperties: mostMembers,
        additionalProperties: fieldSchema(spec.values ?? { type: 'string' }),
      };
    case 'record':
      return recordSchema(spec.fields ?? [], spec.entity_checks);
  }
}

function textRules(spec: FieldSpec): Structural {
  const length = {
    minLength: spec.len_min ?? 1,
    ...(spec.len_max === undefined ? {} : { maxLength: spec.len_max }),
  };
  // A secret written into a resource can be read by whoever may read resources.
  if (spec.encrypted === true) {
    const plain = spec.match === undefined ? [] : [{ pattern: patternText(spec.match), not: at }];
    return { ...length, anyOf: [{ pattern: vaultReference }, ...plain] };
  }
  const rules = valueRules(spec);
  if (spec.referenceable !== true) return { ...length, ...rules };
  return { ...length, ...(isEmpty(rules) ? {} : { anyOf: [{ pattern: vaultReference }, rules] }) };
}

/** User and password of an address. */
const at = { pattern: '@' };
const isEmpty = (schema: Structural): boolean => Object.keys(schema).length === 0;

function valueRules(spec: FieldSpec): Structural {
  const start =
    spec.starts_with === undefined
      ? {}
      : { pattern: `^${spec.starts_with.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}` };
  const as = (pattern: string) => ({ pattern: patternText(pattern) });
  const none = spec.match_none?.map(({ pattern }) => as(pattern)) ?? [];
  return {
    ...(spec.one_of ? { enum: spec.one_of } : {}),
    ...(spec.match === undefined ? start : as(spec.match)),
    ...(none.length > 0 ? { not: { anyOf: none } } : {}),
    ...(spec.match_any ? { anyOf: spec.match_any.patterns.map(as) } : {}),
  };
}
