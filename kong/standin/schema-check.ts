import type { FieldSpec, NamedField } from '../../schema/fields.js';
import { luaPattern } from '../../schema/lua-pattern.js';

/** What is wrong, by field or entry; a text at the leaves, worded as Kong words it. */
export type Errors = string | { readonly [key: string]: Errors };

export interface Checked {
  readonly value: unknown;
  readonly errors?: Errors;
}

type Members = Record<string, unknown>;
/** Answers the text behind a vault reference. */
export type Resolve = (reference: string) => string;

const names = (fields: readonly string[]): string => fields.map((name) => `'${name}'`).join(', ');
export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isReference = (value: unknown): value is string =>
  typeof value === 'string' && /^\{vault:\/\/.+\}$/.test(value);

function isOfType(type: FieldSpec['type'], value: unknown): boolean {
  if (type === 'array' || type === 'set') return Array.isArray(value);
  if (type === 'map' || type === 'record') return isMembers(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

function wrongType(type: FieldSpec['type']): string {
  return `expected ${/^[aei]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** The rules that hold for one value whose type is right. */
function broken(spec: FieldSpec, value: unknown): string | undefined {
  if (spec.one_of && !spec.one_of.includes(value as string)) {
    return `expected one of: ${spec.one_of.join(', ')}`;
  }
  if (typeof value === 'number') {
    const [low, high] = spec.between ?? [-Infinity, Infinity];
    if (value < low || value > high) return `value should be between ${low} and ${high}`;
    if (spec.gt !== undefined && value <= spec.gt) return `value must be greater than ${spec.gt}`;
  }
  if (typeof value === 'string' || Array.isArray(value)) {
    const least = spec.len_min ?? (typeof value === 'string' ? 1 : 0);
    if (value.length < least) return `length must be at least ${least}`;
    if (value.length > (spec.len_max ?? Infinity)) return `length must be at most ${spec.len_max}`;
  }
  if (typeof value !== 'string') return undefined;
  if (spec.match !== undefined && !luaPattern(spec.match).test(value)) {
    return `invalid value: ${value}`;
  }
  if (spec.starts_with !== undefined && !value.startsWith(spec.starts_with)) {
    return `should start with: ${spec.starts_with}`;
  }
  return undefined;
}

/** Checks `given` against `spec`, applies defaults and resolves references. */
export function checkField(spec: FieldSpec, given: unknown, resolve: Resolve): Checked {
  let value = given === undefined ? structuredClone(spec.default) : given;
  if (value === undefined && spec.type === 'record' && spec.required === true) value = {};
  if (value === undefined || value === null) {
    return spec.required === true
      ? { value: null, errors: 'required field missing' }
      : { value: null };
  }
  if (spec.referenceable === true && isReference(value)) return { value: resolve(value) };
  if (!isOfType(spec.type, value)) return { value, errors: wrongType(spec.type) };
  const rule = broken(spec, value);
  if (rule !== undefined) return { value, errors: rule };
  if (Array.isArray(value)) {
    return collect(
      value.map((entry, at) => [String(at + 1), entry, spec.elements!]),
      resolve,
      true,
    );
  }
  if (!isMembers(value)) return { value };
  if (spec.type === 'record') {
    return checkRecord(spec.fields ?? [], spec.entity_checks ?? [], value, resolve);
  }
  for (const key of Object.keys(value)) {
    const { errors } = checkField(spec.keys!, key, resolve);
    if (errors !== undefined) return { value, errors };
  }
  const entries = Object.entries(value);
  return collect(
    entries.map(([key, entry]) => [key, entry, spec.values!]),
    resolve,
  );
}

function collect(
  entries: readonly (readonly [string, unknown, FieldSpec])[],
  resolve: Resolve,
  list = false,
): Checked {
  const errors: Record<string, Errors> = {};
  const value = entries.map(([key, entry, spec]) => {
    const checked = checkField(
      { ...spec, required: list || spec.required === true },
      entry,
      resolve,
    );
    if (checked.errors !== undefined) errors[key] = checked.errors;
    return [key, checked.value] as const;
  });
  const whole = list ? value.map(([, entry]) => entry) : Object.fromEntries(value);
  return Object.keys(errors).length > 0 ? { value: whole, errors } : { value: whole };
}

/** Checks the members of a record, then what must hold between them. */
export function checkRecord(
  fields: readonly NamedField[],
  checks: readonly Readonly<Record<string, unknown>>[],
  given: Members,
  resolve: Resolve,
): Checked {
  const specs = fields.flatMap((field) => Object.entries(field));
  const known = new Set(specs.map(([name]) => name));
  const { value, errors } = collect(
    specs.map(([name, spec]) => [name, given[name], spec]),
    resolve,
  );
  const found: Record<string, Errors> = isMembers(errors) ? (errors) : {};
  for (const name of Object.keys(given)) if (!known.has(name)) found[name] = 'unknown field';
  const between = checks.flatMap((check) => entityError(check, value as Members) ?? []);
  if (between.length > 0) found['@entity'] = between.join('; ');
  return Object.keys(found).length > 0 ? { value, errors: found } : { value };
}

function entityError(check: Readonly<Record<string, unknown>>, value: Members): string | undefined {
  const [kind = '', argument] = Object.entries(check)[0] ?? [];
  const fields = Array.isArray(argument) ? (argument as string[]) : [];
  const set = fields.filter((name) => at(value, name) !== null && at(value, name) !== undefined);
  switch (kind) {
    case 'only_one_of':
      if (set.length === 1) return undefined;
      return `exactly one of these fields must be non-empty: ${names(fields)}`;
    case 'at_least_one_of':
      if (set.length > 0) return undefined;
      return `at least one of these fields must be non-empty: ${names(fields)}`;
    case 'mutually_exclusive':
      if (set.length < 2) return undefined;
      return `only one or none of these fields must be set: ${names(fields)}`;
    case 'mutually_required':
      if (set.length === 0 || set.length === fields.length) return undefined;
      return `all or none of these fields must be set: ${names(fields)}`;
    default:
      return `the stand-in does not know the check '${kind}'`;
  }
}

/** A field by its dotted path. */
function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((one, name) => (isMembers(one) ? one[name] : null), value);
}
