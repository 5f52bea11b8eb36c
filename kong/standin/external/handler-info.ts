import type { FieldSpec } from '../../../schema/fields.js';

/** What a declarative file needs to know of a plugin. */
export interface HandlerInfo {
  readonly priority: number;
  /** True for a look-alike of one of Kong's own plugins. */
  readonly bundled: boolean;
  /** Schema of the `config` record. */
  readonly config: FieldSpec;
}

export const text: FieldSpec = { type: 'string' };
export const timeout: FieldSpec = { type: 'integer', default: 60000, between: [1, 2 ** 31 - 2] };

export const flag = (value: boolean): FieldSpec => ({
  type: 'boolean',
  required: true,
  default: value,
});

export const list = (elements: Partial<FieldSpec> = {}): FieldSpec => ({
  type: 'array',
  elements: { ...text, ...elements },
});

export const record = (
  fields: Readonly<Record<string, FieldSpec>>,
  checks: FieldSpec['entity_checks'] = [],
): FieldSpec => ({
  type: 'record',
  required: true,
  fields: Object.entries(fields).map(([name, spec]) => ({ [name]: spec })),
  entity_checks: checks,
});
