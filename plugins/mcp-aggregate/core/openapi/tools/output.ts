import type { ApiContent, ApiOperation } from '../document/api-operation.js';
import { DocumentError } from '../document/document-error.js';
import { isObject, own } from '../document/json-object.js';
import type { Converted, Definitions } from '../schema/definitions.js';
import { kindOfMedia } from './media-kinds.js';

/** Larger ones are of little use to a model, and each list would carry them. */
const mostBytes = 32_768;

/** What an operation answers when it succeeds. */
export interface PlannedOutput {
  /** JSON text; undefined where not every success is an object of which something is said. */
  readonly schema: string | undefined;
  readonly accept: string;
  readonly note: string | undefined;
}

/**
 * The output schema of an operation: only where each of its 2xx answers is a JSON object, since a
 * tool that has one must keep to it with each result.
 */
export function planOutput(
  { responses, method }: ApiOperation,
  definitions: Definitions,
): PlannedOutput {
  const successes = responses.filter(({ status }) => /^2(\d\d|XX)$/.test(status));
  const contents = successes.flatMap((response) => response.contents);
  const accept = acceptOf(contents);
  const none = (note?: string) => ({ schema: undefined, accept, note });
  if (method === 'HEAD' || successes.length === 0) return none();
  const jsons = successes.map(({ contents: given }) => given.find(isJson));
  if (jsons.some((json) => json?.schema === undefined)) return none();
  try {
    const schemas = jsons.map((json) => definitions.convert(json!.schema));
    const unlike = [...new Map(schemas.map((one) => [one.text, one])).values()];
    if (!unlike.every((one) => isOfObject(definitions, one))) return none();
    const { text: defs, cut } = definitions.closure(unlike, mostBytes);
    const schema = outputText(unlike, defs);
    if (schema.length > 2 * mostBytes) return none('its output schema is too large to be shown');
    return {
      schema,
      accept,
      note: cut ? 'parts of its output schema are left open, for their size' : undefined,
    };
  } catch (error) {
    if (error instanceof DocumentError) return none(`no output schema: ${error.message}`);
    throw error;
  }
}

/** In MCP an output schema says itself that it is one of an object. */
function outputText(schemas: readonly Converted[], defs: string | undefined): string {
  const tail = defs === undefined ? '}' : `,"$defs":${defs}}`;
  const [only] = schemas;
  if (schemas.length === 1 && own(only!.schema, 'type') === 'object') {
    return `${only!.text.slice(0, -1)}${tail}`;
  }
  return `{"type":"object","anyOf":[${schemas.map(({ text }) => text).join(',')}]${tail}`;
}

function isOfObject(definitions: Definitions, converted: Converted): boolean {
  const { schema } = definitions.look(converted);
  if (!isObject(schema)) return false;
  const type = own(schema, 'type');
  if (type !== undefined) return type === 'object';
  return own(schema, 'properties') !== undefined && own(schema, 'anyOf') === undefined;
}

function isJson({ mediaType }: ApiContent): boolean {
  return kindOfMedia(mediaType) === 'json';
}

/** JSON first where there is a choice; anything for what the document does not tell. */
function acceptOf(contents: readonly ApiContent[]): string {
  const types = [...new Set(contents.map(({ mediaType }) => mediaType))];
  const fit = types.filter(
    (type) => kindOfMedia(type) !== undefined && /^[\x20-\x7e]{1,128}$/.test(type),
  );
  if (fit.length === 0) return 'application/json, */*;q=0.8';
  const json = fit.filter((type) => kindOfMedia(type) === 'json');
  const others = fit.filter((type) => !json.includes(type)).slice(0, 8);
  return [...json, ...others, '*/*;q=0.1'].join(', ');
}
