import { bareObject, isObject, objectAt, textAt } from '../document/json-object.js';
import type { JsonObject } from '../document/json-object.js';
import type { ConvertContext } from './convert-context.js';

/**
 * What a `discriminator` says in words of JSON Schema, which knows none: each branch of what is sent
 * needs the value by which the server knows it. Without this several branches may fit one value, and
 * `oneOf` then refuses it. Of what comes back any branch may fit.
 */
export function discriminated(
  schema: JsonObject,
  made: Record<string, unknown>,
  { direction, nameReference }: ConvertContext,
): Record<string, unknown> {
  if (direction === 'output') {
    const branches = made['oneOf'];
    if (branches === undefined || made['anyOf'] !== undefined) return made;
    delete made['oneOf'];
    made['anyOf'] = branches;
    return made;
  }
  const discriminator = objectAt(schema, 'discriminator');
  const property = textAt(discriminator, 'propertyName');
  if (property === undefined) return made;
  const named = valuesByDefinition(objectAt(discriminator, 'mapping') ?? {}, nameReference);
  for (const key of ['oneOf', 'anyOf'] as const) {
    const branches = made[key];
    if (!Array.isArray(branches)) continue;
    made[key] = branches.map((branch: unknown) => withValue(branch, property, named));
  }
  return made;
}

/** Values of the mapping by the definition that they stand for. */
function valuesByDefinition(mapping: JsonObject, nameReference: ConvertContext['nameReference']) {
  const found = new Map<string, string[]>();
  for (const [value, target] of Object.entries(mapping)) {
    if (typeof target !== 'string') continue;
    const isName = /^[A-Za-z0-9._-]+$/.test(target);
    const reference = isName ? `#/components/schemas/${target}` : target;
    const definition = `#/$defs/${nameReference(reference)}`;
    found.set(definition, [...(found.get(definition) ?? []), value]);
  }
  return found;
}

function withValue(
  branch: unknown,
  property: string,
  named: ReadonlyMap<string, readonly string[]>,
): unknown {
  const reference = textAt(branch, '$ref');
  const values = reference === undefined ? undefined : named.get(reference);
  // A name that is not mapped stands for itself, but documents that mean another one are many.
  if (values === undefined || !isObject(branch) || branch['properties'] !== undefined)
    return branch;
  const properties = bareObject();
  properties[property] = { enum: values };
  return Object.assign(bareObject(), branch, { properties, required: [property] });
}
