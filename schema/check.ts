import type { FieldSpec, NamedField } from './fields.js';
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
  if (typeof value !== 'string') return undefined;
  if (spec.match !== undefined && !luaPattern(spec.match).test(value)) {
    return `invalid value: ${value}`;
  }
  return value.startsWith(spec.starts_with ?? '')
    ? undefined
    : `should start with: ${spec.starts_with}`;
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
  const between = (spec.entity_checks ?? []).flatMap(
    (rule) => brokenBetween(rule, checked.value) ?? [],
  );
  const errors: Errors = {
    ...checked.errors,
    ...Object.fromEntries(unknown.map((name) => [name, 'unknown field'])),
    ...(between.length > 0 ? { '@entity': between.join('; ') } : {}),
  };
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

const entityRules: Readonly<
  Record<string, readonly [(set: number, all: number) => boolean, string]>
> = {
  only_one_of: [(set) => set === 1, 'exactly one of these fields must be non-empty'],
  at_least_one_of: [(set) => set > 0, 'at least one of these fields must be non-empty'],
  mutually_exclusive: [(set) => set < 2, 'only one or none of these fields must be set'],
  mutually_required: [
    (set, all) => set === 0 || set === all,
    'all or none of these fields must be set',
  ],
};

function brokenBetween(rule: Members, value: Members): string | undefined {
  const [kind = '', fields] = Object.entries(rule)[0] ?? [];
  if (kind === 'conditional') return brokenCondition(fields as Condition, value);
  const known = entityRules[kind];
  if (known === undefined || !Array.isArray(fields)) return `the check '${kind}' is not known here`;
  const [holds, text] = known;
  const set = fields.filter((name: string) => value[name] !== null && value[name] !== undefined);
  if (holds(set.length, fields.length)) return undefined;
  return `${text}: ${fields.map((name) => `'${name}'`).join(', ')}`;
}

/** Kong's `conditional`, as far as it is used here: a field that another one's value makes required. */
interface Condition {
  readonly if_field: string;
  readonly if_match: { readonly eq: unknown };
  readonly then_field: string;
  readonly then_match: { readonly required: true };
}

function brokenCondition(condition: Condition, value: Members): string | undefined {
  const { if_field, if_match, then_field } = condition;
  if (value[if_field] !== if_match.eq) return undefined;
  if (value[then_field] !== null && value[then_field] !== undefined) return undefined;
  return `failed conditional validation given value of field '${if_field}'`;
}
