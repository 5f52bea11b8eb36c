import { patternText } from './pattern-text.js';
import { between } from './render-entity-checks.js';
import type { FieldSpec, NamedField } from '../fields.js';

type JsonSchema = Readonly<Record<string, unknown>>;

const vaultReference = { type: 'string', pattern: '^\\{vault://.+\\}$' };

/** JSON Schema (2020-12) of a plugin's `config`, for editors. Kong's own validation decides. */
export function renderJsonSchema(
  plugin: string,
  fields: readonly NamedField[],
  checks: FieldSpec['entity_checks'] = [],
): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `config of ${plugin}`,
    ...recordSchema(fields),
    ...between(fields, checks),
  };
}

function recordSchema(fields: readonly NamedField[]): JsonSchema {
  const specs = fields.flatMap((field) => Object.entries(field));
  const needed = specs.filter(([, spec]) => spec.required === true && spec.default === undefined);
  return {
    type: 'object',
    properties: Object.fromEntries(specs.map(([name, spec]) => [name, fieldSchema(spec)])),
    ...(needed.length > 0 ? { required: needed.map(([name]) => name) } : {}),
    additionalProperties: false,
  };
}

function fieldSchema(spec: FieldSpec): JsonSchema {
  const about = {
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(spec.default === undefined ? {} : { default: spec.default }),
  };
  const value = valueSchema(spec);
  return spec.referenceable === true
    ? { ...about, anyOf: [vaultReference, value] }
    : { ...about, ...value };
}

function valueSchema(spec: FieldSpec): JsonSchema {
  switch (spec.type) {
    case 'string':
      return stringSchema(spec);
    case 'integer':
    case 'number':
      return {
        type: spec.type,
        ...(spec.between ? { minimum: spec.between[0], maximum: spec.between[1] } : {}),
        ...(spec.gt === undefined ? {} : { exclusiveMinimum: spec.gt }),
      };
    case 'boolean':
      return { type: 'boolean' };
    case 'array':
    case 'set':
      return {
        type: 'array',
        items: fieldSchema(spec.elements ?? { type: 'string' }),
        ...(spec.type === 'set' ? { uniqueItems: true } : {}),
        ...bounds('Items', spec),
      };
    case 'map':
      return {
        type: 'object',
        propertyNames: fieldSchema(spec.keys ?? { type: 'string' }),
        additionalProperties: fieldSchema(spec.values ?? { type: 'string' }),
      };
    case 'record':
      return {
        ...recordSchema(spec.fields ?? []),
        ...between(spec.fields ?? [], spec.entity_checks),
      };
  }
}

function stringSchema(spec: FieldSpec): JsonSchema {
  const start = spec.starts_with === undefined ? {} : { pattern: `^${escape(spec.starts_with)}` };
  return {
    type: 'string',
    ...(spec.one_of ? { enum: spec.one_of } : {}),
    ...bounds('Length', spec),
    ...(spec.match === undefined ? start : { pattern: patternText(spec.match) }),
    ...patternRules(spec),
  };
}

function patternRules({ match_none: none, match_any: any }: FieldSpec): JsonSchema {
  const as = (pattern: string) => ({ pattern: patternText(pattern) });
  return {
    ...(none ? { not: { anyOf: none.map(({ pattern }) => as(pattern)) } } : {}),
    ...(any ? { anyOf: any.patterns.map(as) } : {}),
  };
}

function bounds(what: 'Items' | 'Length', spec: FieldSpec): JsonSchema {
  return {
    ...(spec.len_min === undefined ? {} : { [`min${what}`]: spec.len_min }),
    ...(spec.len_max === undefined ? {} : { [`max${what}`]: spec.len_max }),
  };
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
