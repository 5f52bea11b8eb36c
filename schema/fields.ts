import { noStrayReference } from './rules/texts.js';
import type { TextRule } from './rules/texts.js';

/**
 * Kong schema fields with their TypeScript types. What is written here once becomes Kong's
 * validation, the plugins' config types, a JSON Schema for editors and the reference page.
 */

/** A field definition as Kong's schema library takes it. */
export interface FieldSpec {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'set' | 'map' | 'record';
  readonly description?: string;
  readonly required?: boolean;
  readonly default?: unknown;
  readonly one_of?: readonly (string | number)[];
  readonly between?: readonly [number, number];
  readonly gt?: number;
  readonly len_min?: number;
  readonly len_max?: number;
  readonly match?: string;
  readonly starts_with?: string;
  /** Patterns that a text must not match; each says what is wrong. */
  readonly match_none?: readonly TextRule[];
  /** Patterns one of which a text must match. */
  readonly match_any?: { readonly patterns: readonly string[]; readonly err: string };
  readonly referenceable?: boolean;
  readonly encrypted?: boolean;
  readonly elements?: FieldSpec;
  readonly keys?: FieldSpec;
  readonly values?: FieldSpec;
  readonly fields?: readonly NamedField[];
  readonly entity_checks?: readonly Readonly<Record<string, unknown>>[];
}

/** A one-key object, `{ name: spec }`: the order of fields is the order of the reference page. */
export type NamedField = Readonly<Record<string, FieldSpec>>;

/** A field whose value has the TypeScript type `T`. */
export interface Field<T> {
  readonly spec: FieldSpec;
  /** Carries the type only. */
  readonly value?: T;
}

type Always<O> = O extends { required: true } | { default: unknown } ? true : false;
type Value<T, O> = Always<O> extends true ? T : T | undefined;

interface Common<T> {
  readonly description: string;
  readonly required?: boolean;
  readonly default?: T;
}

type TextOption =
  | 'len_min'
  | 'len_max'
  | 'match'
  | 'match_none'
  | 'match_any'
  | 'starts_with'
  | 'referenceable'
  | 'encrypted';

interface StringOptions extends Common<string>, Pick<FieldSpec, TextOption> {
  readonly one_of?: readonly string[];
}

interface NumberOptions extends Common<number> {
  readonly between?: readonly [number, number];
}

export function string<const O extends StringOptions>(
  options: O,
): Field<Value<O extends { one_of: readonly (infer V)[] } ? V : string, O>> {
  if (options.one_of !== undefined) return { spec: { type: 'string', ...options } };
  const stray = noStrayReference(options.referenceable === true);
  const match_none = [stray, ...(options.match_none ?? [])];
  return { spec: { type: 'string', ...options, match_none } };
}

export function integer<const O extends NumberOptions>(options: O): Field<Value<number, O>> {
  return { spec: { type: 'integer', ...options } };
}

export function boolean<const O extends Common<boolean>>(options: O): Field<Value<boolean, O>> {
  return { spec: { type: 'boolean', ...options } };
}

interface ListOptions extends Common<readonly unknown[]> {
  readonly len_min?: number;
  readonly len_max?: number;
}

export function array<T, const O extends ListOptions>(
  element: Field<T>,
  options: O,
): Field<Value<readonly NonNullable<T>[], O>> {
  return { spec: { type: 'array', elements: element.spec, ...options } };
}

/** A list in which Kong keeps the first of equal entries only. */
export function set<T, const O extends ListOptions>(
  element: Field<T>,
  options: O,
): Field<Value<readonly NonNullable<T>[], O>> {
  return { spec: { type: 'set', elements: element.spec, ...options } };
}

export function map<T, const O extends Common<Readonly<Record<string, unknown>>>>(
  keys: Field<string | undefined>,
  values: Field<T>,
  options: O,
): Field<Value<Readonly<Record<string, NonNullable<T>>>, O>> {
  return { spec: { type: 'map', keys: keys.spec, values: values.spec, ...options } };
}

/** Named fields in order. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The config object that Kong hands to the plugin for `F`, defaults applied. */
export type ConfigOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

interface RecordOptions extends Common<never> {
  readonly entity_checks?: readonly Readonly<Record<string, unknown>>[];
}

export function record<F extends Fields, const O extends RecordOptions>(
  fields: F,
  options: O,
): Field<Value<ConfigOf<F>, O>> {
  return { spec: { type: 'record', fields: named(fields), ...options } };
}

/** The list form that Kong wants. */
export function named(fields: Fields): NamedField[] {
  return Object.entries(fields).map(([name, field]) => ({ [name]: field.spec }));
}

/** Everything Kong's query command prints about one plugin's schema. */
export interface PluginSchema {
  readonly name: string;
  readonly fields: readonly Readonly<Record<string, unknown>>[];
}

export interface SchemaOptions {
  /** Refuse configuration scoped to a consumer: who the consumer is, is decided later. */
  readonly noConsumer?: boolean;
  readonly entityChecks?: readonly Readonly<Record<string, unknown>>[];
}

/** A plugin schema: HTTP protocols only, `config` with `fields`. */
export function pluginSchema(
  name: string,
  fields: Fields,
  options: SchemaOptions = {},
): PluginSchema {
  const noConsumer = { consumer: { type: 'foreign', reference: 'consumers', eq: null } };
  const checks = options.entityChecks ? { entity_checks: options.entityChecks } : {};
  return {
    name,
    fields: [
      ...(options.noConsumer === true ? [noConsumer] : []),
      { config: { type: 'record', required: true, fields: named(fields), ...checks } },
    ],
  };
}
