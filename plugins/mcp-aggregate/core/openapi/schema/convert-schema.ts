import { bareObject, isObject, own, textAt } from '../document/json-object.js';
import type { JsonObject } from '../document/json-object.js';
import type { ConvertContext, Direction } from './convert-context.js';
import { discriminated } from './discriminator.js';
import {
  isPattern,
  listKeywords,
  mapKeywords,
  plainKeywords,
  schemaKeywords,
  typesOf,
} from './keywords.js';

/** Nested deeper, a schema allows anything. */
const maxDepth = 48;

/**
 * A schema of OpenAPI 3.x or Swagger 2.0 as one of JSON Schema 2020-12: references stay references,
 * `nullable` becomes a type, `example` an entry of `examples`; what 2020-12 does not know is left
 * out. What only the server writes is left out of what is sent, and the reverse. Of what comes back
 * the schema is as loose as the document lets it be, since clients throw away a result that does not
 * fit.
 * @throws DocumentError for a reference that cannot be followed
 */
export function convertSchema(schema: unknown, context: ConvertContext, depth = 0): unknown {
  if (typeof schema === 'boolean') return schema;
  if (!isObject(schema) || depth > maxDepth) return bareObject();
  const made = bareObject();
  const reference = textAt(schema, '$ref');
  if (reference !== undefined) made['$ref'] = `#/$defs/${context.nameReference(reference)}`;
  takePlain(schema, made);
  takeSchemas(schema, made, context, depth);
  takeType(schema, made);
  takeExample(schema, made);
  takeBounds(schema, made);
  dropOneSided(schema, made, context.direction);
  const mapped = discriminated(schema, made, context);
  return own(schema, 'nullable') === true ? nullable(mapped) : mapped;
}

function takePlain(schema: JsonObject, made: Record<string, unknown>): void {
  for (const [keyword, fits] of plainKeywords) {
    const value = own(schema, keyword);
    if (value !== undefined && fits(value)) made[keyword] = value;
  }
}

function takeSchemas(
  schema: JsonObject,
  made: Record<string, unknown>,
  context: ConvertContext,
  depth: number,
): void {
  const convert = (one: unknown) => convertSchema(one, context, depth + 1);
  const isSchema = (one: unknown) => isObject(one) || typeof one === 'boolean';
  for (const key of Object.keys(schema)) {
    const value = schema[key];
    if (schemaKeywords.has(key) && isSchema(value)) made[key] = convert(value);
    else if (listKeywords.has(key) && Array.isArray(value) && value.length > 0) {
      made[key] = value.map(convert);
    } else if (mapKeywords.has(key) && isObject(value)) {
      const members = bareObject();
      for (const name of Object.keys(value)) {
        if (key !== 'patternProperties' || isPattern(name)) members[name] = convert(value[name]);
      }
      made[key] = members;
    } else if (key === 'items' && Array.isArray(value) && value.length > 0) {
      made['prefixItems'] = value.map(convert);
    }
  }
}

function takeType(schema: JsonObject, made: Record<string, unknown>): void {
  const named = own(schema, 'type');
  if (named === 'file') {
    made['type'] = 'string';
    made['format'] = 'binary';
    return;
  }
  const types = named === undefined ? undefined : typesOf(named);
  if (types !== undefined) made['type'] = types.length === 1 ? types[0] : types;
}

function takeExample(schema: JsonObject, made: Record<string, unknown>): void {
  const example = own(schema, 'example');
  if (example !== undefined && made['examples'] === undefined) made['examples'] = [example];
}

/** Until 3.0 `exclusiveMinimum` said of `minimum` what it means. */
function takeBounds(schema: JsonObject, made: Record<string, unknown>): void {
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (own(schema, exclusive) !== true || made[bound] === undefined) continue;
    made[exclusive] = made[bound];
    delete made[bound];
  }
}

function dropOneSided(
  schema: JsonObject,
  made: Record<string, unknown>,
  direction: Direction,
): void {
  const given = own(schema, 'properties');
  const properties = made['properties'] as Record<string, unknown> | undefined;
  if (!isObject(given) || properties === undefined) return;
  const flag = direction === 'input' ? 'readOnly' : 'writeOnly';
  const gone = Object.keys(given).filter((name) => own(own(given, name), flag) === true);
  if (gone.length === 0) return;
  for (const name of gone) delete properties[name];
  const required = (made['required'] as readonly string[] | undefined) ?? [];
  const left = required.filter((name) => !gone.includes(name));
  if (left.length > 0) made['required'] = left;
  else delete made['required'];
}

/** With `null` allowed too (3.0); beside a reference authors mean the same, whatever 3.0 says of it. */
function nullable(made: Record<string, unknown>): Record<string, unknown> {
  const { type, enum: values } = made;
  const isUnion = ['$ref', 'allOf', 'anyOf', 'oneOf', 'const'].some(
    (key) => made[key] !== undefined,
  );
  if (isUnion) {
    const either = bareObject();
    either['anyOf'] = [made, { type: 'null' }];
    return either;
  }
  if (type !== undefined) made['type'] = [...new Set([type, 'null'].flat())];
  if (Array.isArray(values) && !values.includes(null))
    made['enum'] = [...(values as unknown[]), null];
  return made;
}
