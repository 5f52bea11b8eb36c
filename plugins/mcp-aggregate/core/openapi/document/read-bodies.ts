import type { ApiBody, ApiContent, ApiResponse } from './api-operation.js';
import { bareObject, isObject, listAt, objectAt, own, textAt } from './json-object.js';
import type { JsonObject } from './json-object.js';
import { v2Schema } from './read-parameters.js';
import { resolved } from './references.js';

const form = 'application/x-www-form-urlencoded';
const multipart = 'multipart/form-data';

/** @throws DocumentError */
export function readBody(document: JsonObject, operation: JsonObject): ApiBody | undefined {
  const given = own(operation, 'requestBody');
  if (given === undefined) return undefined;
  const body = resolved(document, given);
  return {
    required: own(body, 'required') === true,
    description: textAt(body, 'description'),
    contents: contentsOf(document, body),
  };
}

/** @throws DocumentError */
export function readResponses(document: JsonObject, operation: JsonObject): ApiResponse[] {
  return Object.entries(objectAt(operation, 'responses') ?? {}).map(([status, given]) => ({
    status: status.toUpperCase(),
    contents: contentsOf(document, resolved(document, given)),
  }));
}

function contentsOf(document: JsonObject, holder: JsonObject): ApiContent[] {
  return Object.entries(objectAt(holder, 'content') ?? {}).map(([mediaType, given]) => {
    const content = isObject(given) ? resolved(document, given) : bareObject();
    return {
      mediaType: mediaType.toLowerCase(),
      schema: own(content, 'schema'),
      encoding: objectAt(content, 'encoding'),
    };
  });
}

/** The body that parameters of Swagger 2.0 in `body` and `formData` make. */
export function readV2Body(
  parameters: readonly JsonObject[],
  operation: JsonObject,
  document: JsonObject,
): ApiBody | undefined {
  const consumes = mediaTypes(operation, document, 'consumes');
  const whole = parameters.find((node) => textAt(node, 'in') === 'body');
  if (whole !== undefined) {
    const schema = own(whole, 'schema');
    const types = consumes.length > 0 ? consumes : ['application/json'];
    return {
      required: own(whole, 'required') === true,
      description: textAt(whole, 'description'),
      contents: types.map((mediaType) => ({ mediaType, schema, encoding: undefined })),
    };
  }
  const fields = parameters.filter((node) => textAt(node, 'in') === 'formData');
  if (fields.length === 0) return undefined;
  const hasFile = fields.some((node) => own(node, 'type') === 'file');
  const mediaType =
    hasFile || (consumes.includes(multipart) && !consumes.includes(form)) ? multipart : form;
  return {
    required: fields.some((node) => own(node, 'required') === true),
    description: undefined,
    contents: [{ mediaType, ...formOf(fields) }],
  };
}

function formOf(fields: readonly JsonObject[]): Pick<ApiContent, 'schema' | 'encoding'> {
  const properties = bareObject();
  const encoding = bareObject();
  const required: string[] = [];
  for (const node of fields) {
    const name = textAt(node, 'name')!;
    const isMulti = own(node, 'collectionFormat') === 'multi';
    const description = textAt(node, 'description');
    properties[name] = { ...v2Schema(node), ...(description === undefined ? {} : { description }) };
    encoding[name] = { style: 'form', explode: isMulti };
    if (own(node, 'required') === true) required.push(name);
  }
  return { schema: { type: 'object', properties, required }, encoding };
}

/** @throws DocumentError */
export function readV2Responses(document: JsonObject, operation: JsonObject): ApiResponse[] {
  const produces = mediaTypes(operation, document, 'produces');
  const types = produces.length > 0 ? produces : ['application/json'];
  return Object.entries(objectAt(operation, 'responses') ?? {}).map(([status, given]) => {
    const schema = own(resolved(document, given), 'schema');
    if (schema === undefined) return { status: status.toUpperCase(), contents: [] };
    const contents = types.map((mediaType) => ({ mediaType, schema, encoding: undefined }));
    return { status: status.toUpperCase(), contents };
  });
}

function mediaTypes(operation: JsonObject, document: JsonObject, key: string): string[] {
  const given = own(operation, key) === undefined ? listAt(document, key) : listAt(operation, key);
  return given.filter((type) => typeof type === 'string').map((type) => type.toLowerCase());
}
