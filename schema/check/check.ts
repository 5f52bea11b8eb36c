import { checkEntity } from './check-entity.js';
import type { FieldSpec, NamedField } from '../fields.js';
import { luaPattern } from './lua-pattern.js';

/** What is wrong, by field or entry; a text at the leaves, worded as Kong words it. */
export type Errors = string | { readonly [key: string]: Errors };

/** The value with defaults applied, and what is wrong with it. */
export interface Checked {
  readonly value: unknown;
  readonly errors?: Errors;
}

/** A field whose rules depend on the value itself, as those of a plugin on its name. */
export interface OpenSpec extends FieldSpec {
  readonly refine?: (given: Members) => FieldSpec | string;
}

/** Answers the text behind a vault reference. */
export type Resolve = (reference: string) => string;
export type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isReference = (value: unknown): value is string =>
  typeof value === 'string' && /^\{vault:\/\/.+\}$/.test(value);

function isOfType(type: FieldSpec['type'], value: unknown): boolean {
  if (type === 'array' || type === 'set') return Array.isArray(value);
  if (type === 'map' || type === 'record') return isMembers(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

/** The first rule that a value of the right type breaks. */
function brokenRule(spec: FieldSpec, value: unknown): string | undefined {
  if (spec.one_of && !spec.one_of.includes(value as string)) {
    return `expected one of: ${spec.one_of.join(', ')}`;
  }
  if (typeof value === 'number') {
    const [low, high] = spec.between ?? [-Infinity, Infinity];
    if (value < low || value > high) return `value should be between ${low} and ${high}`;
    if (spec.gt !== undefined && value <= spec.gt) return `value must be greater than ${spec.gt}`;
  }
  if (typeof value === 'string' || Array.isArray(value)) {
    // Kong counts bytes.
    const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
    const least = spec.len_min ?? (typeof value === 'string' ? 1 : 0);
    if (length < least) return `length must be at least ${least}`;
    if (length > (spec.len_max ?? Infinity)) return `length must be at most ${spec.len_max}`;
  }
  return typeof value === 'string' ? brokenPattern(spec, value) : undefined;
}

/** In Kong's order. */
function brokenPattern(spec: FieldSpec, value: string): string | undefined {
  if (!value.startsWith(spec.starts_with ?? '')) return `should start with: ${spec.starts_with}`;
  const unwanted = spec.match_none?.find(({ pattern }) => luaPattern(pattern).test(value));
  if (unwanted !== undefined) return unwanted.err;
  if (spec.match !== undefined && !luaPattern(spec.match).test(value)) {
    return `invalid value: ${value}`;
  }
  const { patterns, err } = spec.match_any ?? { patterns: [''], err: '' };
  return patterns.some((pattern) => luaPattern(pattern).test(value)) ? undefined : err;
}

/** Checks `given` as Kong does, applies defaults and resolves vault references. */
export function checkField(spec: OpenSpec, given: unknown, resolve: Resolve): Checked {
  let value = given === undefined ? structuredClone(spec.default) : given;
  if (value === undefined && spec.type === 'record' && spec.required === true) value = {};
  if (value === undefined || value === null) {
    return spec.required === true
      ? { value: null, errors: 'required field missing' }
      : { value: null };
  }
  if (spec.type === 'set' && Array.isArray(value)) value = [...new Set(value)];
  if (spec.referenceable === true && isReference(value)) return { value: resolve(value) };
  if (!isOfType(spec.type, value)) {
    return { value, errors: `expected ${/^[ai]/.test(spec.type) ? 'an' : 'a'} ${spec.type}` };
  }
  const rule = brokenRule(spec, value);
  if (rule !== undefined) return { value, errors: rule };
  if (Array.isArray(value)) return checkList(spec, value, resolve);
  if (!isMembers(value)) return { value };
  if (spec.type === 'map') return checkMap(spec, value, resolve);
  const refined = spec.refine?.(value) ?? spec;
  return typeof refined === 'string'
    ? { value, errors: { name: refined } }
    : checkRecord(refined, value, resolve);
}

function checkList(spec: FieldSpec, entries: readonly unknown[], resolve: Resolve): Checked {
  const each = { ...spec.elements!, required: true };
  const { value, errors } = checkAll(
    entries.map((entry, at) => [`${at + 1}`, each, entry]),
    resolve,
  );
  return { value: Object.values(value), ...(errors ? { errors } : {}) };
}

function checkMap(spec: FieldSpec, members: Members, resolve: Resolve): Checked {
  for (const key of Object.keys(members)) {
    const { errors } = checkField(spec.keys!, key, resolve);
    if (errors !== undefined) return { value: members, errors };
  }
  return checkAll(
    Object.entries(members).map(([key, entry]) => [key, spec.values!, entry]),
    resolve,
  );
}

function checkRecord(spec: FieldSpec, members: Members, resolve: Resolve): Checked {
  const fields = (spec.fields ?? []).flatMap((field: NamedField) => Object.entries(field));
  const known = new Set(fields.map(([name]) => name));
  const checked = checkAll(
    fields.map(([name, field]) => [name, field, members[name]]),
    resolve,
  );
  const unknown = Object.keys(members).filter((name) => !known.has(name));
  const errors: Record<string, Errors> = { ...checked.errors };
  for (const name of unknown) errors[name] = 'unknown field';
  const entity = {
    fields: new Map(fields),
    value: checked.value,
    check: (field: FieldSpec, value: unknown) => checkField(field, value, resolve).errors,
  };
  const referenced = new Set(
    fields.flatMap(([name, { referenceable }]) =>
      referenceable === true && isReference(members[name]) ? [name] : [],
    ),
  );
  const ofWhole: string[] = [];
  for (const rule of spec.entity_checks ?? []) {
    for (const [place, error] of checkEntity(rule, entity, referenced)) {
      if (place === '@entity') ofWhole.push(error as string);
      else errors[place] = error as Errors;
    }
  }
  if (ofWhole.length > 0) {
    errors['@entity'] = Object.fromEntries(ofWhole.map((text, at) => [`${at + 1}`, text]));
  }
  return Object.keys(errors).length > 0 ? { value: checked.value, errors } : checked;
}

function checkAll(
  entries: readonly (readonly [key: string, spec: FieldSpec, given: unknown])[],
  resolve: Resolve,
): { value: Members; errors?: { readonly [key: string]: Errors } } {
  const checked = entries.map(
    ([key, spec, given]) => [key, checkField(spec, given, resolve)] as const,
  );
  const value = Object.fromEntries(checked.map(([key, one]) => [key, one.value]));
  const wrong = checked.flatMap(([key, { errors }]) =>
    errors === undefined ? [] : [[key, errors]],
  );
  return wrong.length > 0
    ? { value, errors: Object.fromEntries(wrong) as Record<string, Errors> }
    : { value };
}
