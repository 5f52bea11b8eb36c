/** What a keyword's value must be to be taken over. */
type Fits = (value: unknown) => boolean;

const isText: Fits = (value) => typeof value === 'string';
const isFlag: Fits = (value) => typeof value === 'boolean';
const isNumber: Fits = (value) => typeof value === 'number' && Number.isFinite(value);
const isCount: Fits = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTexts: Fits = (value) => Array.isArray(value) && value.every(isText);
const isAny: Fits = () => true;

const longestPattern = 1_024;

/** Clients refuse a tool for an expression that JavaScript does not know. */
export function isPattern(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > longestPattern) return false;
  try {
    return new RegExp(value, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** Keywords of JSON Schema 2020-12 whose values hold no schema. */
export const plainKeywords: ReadonlyMap<string, Fits> = new Map([
  ['title', isText],
  ['description', isText],
  ['default', isAny],
  ['const', isAny],
  ['enum', (value) => Array.isArray(value) && value.length > 0],
  ['examples', Array.isArray],
  ['format', (value) => isText(value) && (value as string).length <= 64],
  ['pattern', isPattern],
  ['multipleOf', (value) => isNumber(value) && (value as number) > 0],
  ['minimum', isNumber],
  ['maximum', isNumber],
  ['exclusiveMinimum', isNumber],
  ['exclusiveMaximum', isNumber],
  ['minLength', isCount],
  ['maxLength', isCount],
  ['minItems', isCount],
  ['maxItems', isCount],
  ['minContains', isCount],
  ['maxContains', isCount],
  ['minProperties', isCount],
  ['maxProperties', isCount],
  ['uniqueItems', isFlag],
  ['deprecated', isFlag],
  ['readOnly', isFlag],
  ['writeOnly', isFlag],
  ['contentEncoding', isText],
  ['contentMediaType', isText],
  ['required', isTexts],
]);

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
export const schemaKeywords: ReadonlySet<string> = new Set([
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
export const listKeywords: ReadonlySet<string> = new Set([
  'allOf',
  'anyOf',
  'oneOf',
  'prefixItems',
]);
export const mapKeywords: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
]);

const types = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);

/** The types that there are among those named; undefined where the schema names none. */
export function typesOf(value: unknown): readonly string[] | undefined {
  const named = (Array.isArray(value) ? value : [value]) as readonly unknown[];
  const known = named.filter((type): type is string => types.has(String(type)));
  return known.length === 0 ? undefined : [...new Set(known)];
}
