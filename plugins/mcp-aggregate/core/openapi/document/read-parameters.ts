import type {
  ApiParameter,
  OperationHead,
  ParameterPlace,
  ParameterStyle,
} from './api-operation.js';
import { DocumentError } from './document-error.js';
import { bareObject, listAt, objectAt, own, textAt } from './json-object.js';
import type { JsonObject } from './json-object.js';
import { resolved, shown } from './references.js';

const mostParameters = 256;

const stylesOf: Readonly<Record<ParameterPlace, readonly ParameterStyle[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form', 'cookie'],
  querystring: ['form'],
};

/** Delimiters of Swagger 2.0 in the styles of its successors. */
const collections: Readonly<Record<string, Pick<ApiParameter, 'style' | 'explode'>>> = {
  csv: { style: 'form', explode: false },
  ssv: { style: 'spaceDelimited', explode: false },
  pipes: { style: 'pipeDelimited', explode: false },
  multi: { style: 'form', explode: true },
};

/** Of a parameter of Swagger 2.0, which is its own schema. */
const notOfSchema = new Set([
  'name',
  'in',
  'required',
  'description',
  'collectionFormat',
  'allowEmptyValue',
]);

/**
 * The parameters of an operation as they stand, those of its path among them; the operation's own
 * take the place of the path's.
 * @throws DocumentError
 */
export function parameterNodes(
  document: JsonObject,
  { node, pathItem }: Pick<OperationHead, 'node' | 'pathItem'>,
): JsonObject[] {
  const found = new Map<string, JsonObject>();
  const all = [...listAt(pathItem, 'parameters'), ...listAt(node, 'parameters')];
  if (all.length > mostParameters) {
    throw new DocumentError(`it has more than ${mostParameters} parameters`);
  }
  for (const each of all) {
    const parameter = resolved(document, each);
    const [name, place] = [textAt(parameter, 'name'), textAt(parameter, 'in')];
    if (name === undefined || name === '' || place === undefined) {
      throw new DocumentError('a parameter has no name or no place');
    }
    found.set(`${place} ${place === 'header' ? name.toLowerCase() : name}`, parameter);
  }
  return [...found.values()];
}

/** @throws DocumentError for a place or style that there is not */
export function readParameter(document: JsonObject, node: JsonObject, isV2: boolean): ApiParameter {
  const name = textAt(node, 'name')!;
  const place = textAt(node, 'in')!;
  if (!Object.hasOwn(stylesOf, place)) {
    throw new DocumentError(`the parameter ${shown(name)} is in ${shown(place)}`);
  }
  const at = place as ParameterPlace;
  const common = {
    name,
    place: at,
    required: own(node, 'required') === true || place === 'path',
    description: textAt(node, 'description'),
    deprecated: own(node, 'deprecated') === true,
  };
  if (isV2) {
    const { style, explode } = collectionOf(node, at);
    const schema = v2Schema(node);
    return { ...common, schema, style, explode, allowReserved: false, mediaType: undefined };
  }
  const [content] = Object.entries(objectAt(node, 'content') ?? {});
  const style = styleOf(node, at);
  return {
    ...common,
    schema: content ? own(resolved(document, content[1]), 'schema') : own(node, 'schema'),
    style,
    explode: (own(node, 'explode') ?? (style === 'form' || style === 'cookie')) === true,
    allowReserved: own(node, 'allowReserved') === true,
    mediaType: content?.[0].toLowerCase(),
  };
}

function styleOf(node: JsonObject, place: ParameterPlace): ParameterStyle {
  const known = stylesOf[place];
  const given = own(node, 'style');
  if (given === undefined) return known[0]!;
  const style = known.find((one) => one === given);
  if (style !== undefined) return style;
  const name = textAt(node, 'name') ?? '';
  throw new DocumentError(
    `the parameter ${shown(name)} has a style that is none of ${known.join(', ')}`,
  );
}

function collectionOf(
  node: JsonObject,
  place: ParameterPlace,
): Pick<ApiParameter, 'style' | 'explode'> {
  const format = textAt(node, 'collectionFormat') ?? 'csv';
  const found = Object.hasOwn(collections, format) ? collections[format] : undefined;
  if (place === 'path' || place === 'header') {
    if (format === 'csv' || own(node, 'type') !== 'array')
      return { style: 'simple', explode: false };
  } else if (found !== undefined) return found;
  throw new DocumentError(`a parameter has the collectionFormat ${shown(format)}`);
}

/** The schema that a parameter of Swagger 2.0 is. */
export function v2Schema(node: JsonObject): JsonObject {
  const schema = bareObject();
  for (const [key, value] of Object.entries(node)) if (!notOfSchema.has(key)) schema[key] = value;
  return schema;
}
