import type { FieldSpec, NamedField } from '../../schema/fields.js';

type Specs = Readonly<Record<string, FieldSpec>>;

/** Schemas of Kong's own entities and plugins, as far as the stand-in knows them. */
export const named = (fields: Specs): NamedField[] =>
  Object.entries(fields).map(([name, spec]) => ({ [name]: spec }));

export const flag = (value: boolean): FieldSpec => ({
  type: 'boolean',
  required: true,
  default: value,
});

export const list = (elements: Partial<FieldSpec> = {}): FieldSpec => ({
  type: 'array',
  elements: { type: 'string', ...elements },
});

export const record = (fields: Specs, checks: FieldSpec['entity_checks'] = []): FieldSpec => ({
  type: 'record',
  required: true,
  fields: named(fields),
  entity_checks: checks,
});
