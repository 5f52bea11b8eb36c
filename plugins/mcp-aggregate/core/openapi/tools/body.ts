import type { ApiContent, ApiOperation } from '../document/api-operation.js';
import { DocumentError } from '../document/document-error.js';
import { isObject, own, textAt } from '../document/json-object.js';
import type { JsonObject } from '../document/json-object.js';
import type { BodyPlan, FieldPlan } from '../request/request-plan.js';
import type { Converted, Definitions } from '../schema/definitions.js';
import type { Argument } from './argument.js';
import { fileSchema, isFile } from './files.js';
import type { FlatNames } from './flat-names.js';
import { kindOfMedia } from './media-kinds.js';
import type { MediaKind } from './media-kinds.js';

/** Of several media types that an operation takes. */
const preferred: readonly MediaKind[] = ['json', 'form', 'multipart', 'text', 'binary'];
/** Beside these a schema says of its members what flat arguments cannot. */
const simple = new Set([
  'type',
  'properties',
  'required',
  'title',
  'description',
  'examples',
  'default',
  'deprecated',
]);
const mostFields = 256;

export interface PlannedBody {
  readonly arguments: readonly Argument[];
  readonly plan: BodyPlan | undefined;
}

/**
 * How the body of a request is given and sent: each member of a plain object as an argument of its
 * own, any other body as one argument.
 * @throws DocumentError
 */
export function planBody(
  { body }: ApiOperation,
  definitions: Definitions,
  names: FlatNames,
): PlannedBody {
  if (body === undefined || body.contents.length === 0) return { arguments: [], plan: undefined };
  const content = chosen(body.contents);
  const kind = kindOfMedia(content.mediaType)!;
  const converted = definitions.convert(content.schema ?? {});
  const members =
    kind === 'text' || kind === 'binary' ? undefined : membersOf(definitions, converted);
  const { required, description } = body;
  const mediaType = concrete(content.mediaType, kind);
  // What an optional body needs within is needed only where there is one.
  const isFlat =
    members !== undefined && !members.hasMore && (required || members.required.size === 0);
  if (isFlat && (kind === 'json' || kind === 'form' || kind === 'multipart')) {
    const fields = fieldsOf(members, content, kind, (name) => names.take('body', name));
    const made = fields.map((field) => argumentOf(field, members, definitions));
    return { arguments: made, plan: { kind, mediaType, fields, required } };
  }
  const name = names.take('body', 'body');
  const whole = wholeSchema(kind, content.mediaType, converted, definitions, members);
  const fields =
    kind === 'form' || kind === 'multipart' ? fieldsOf(members, content, kind, (one) => one) : [];
  const plan: BodyPlan = { kind, mediaType, argument: name, fields };
  return { arguments: [{ name, required, description, schema: whole }], plan };
}

function chosen(contents: readonly ApiContent[]): ApiContent {
  for (const kind of preferred) {
    const found = contents.find(({ mediaType }) => kindOfMedia(mediaType) === kind);
    if (found !== undefined) return found;
  }
  throw new DocumentError('its body has no media type that can be sent');
}

interface Members {
  readonly schemas: ReadonlyMap<string, unknown>;
  readonly required: ReadonlySet<string>;
  /** Whether the object may have other members, or a schema that its members alone do not tell. */
  readonly hasMore: boolean;
  readonly holder: Converted;
}

function membersOf(definitions: Definitions, converted: Converted): Members | undefined {
  const holder = definitions.look(converted);
  const { schema } = holder;
  const properties = own(schema, 'properties');
  if (!isObject(schema) || !isObject(properties)) return undefined;
  const schemas = new Map(Object.entries(properties));
  const required = new Set((own(schema, 'required') as readonly string[] | undefined) ?? []);
  const others = Object.keys(schema).some(
    (key) => !simple.has(key) && !(key === 'additionalProperties' && schema[key] === false),
  );
  const isWhole = [...required].every((name) => schemas.has(name));
  const fits = schemas.size > 0 && schemas.size <= mostFields && own(schema, 'type') === 'object';
  return { schemas, required, hasMore: others || !isWhole || !fits, holder };
}

function fieldsOf(
  members: Members | undefined,
  { encoding }: ApiContent,
  kind: MediaKind,
  nameOf: (original: string) => string,
): FieldPlan[] {
  return [...(members?.schemas ?? [])].map(([name, schema]) => {
    const own = isObject(encoding?.[name]) ? encoding[name] : undefined;
    return { argument: nameOf(name), name, ...fieldOf(schema, own, kind) };
  });
}

function fieldOf(
  schema: unknown,
  encoding: JsonObject | undefined,
  kind: MediaKind,
): Pick<FieldPlan, 'kind' | 'mediaType' | 'style' | 'explode'> {
  const given = textAt(encoding, 'contentType')?.split(',')[0]?.trim().toLowerCase();
  const mediaType = given?.includes('*') === true ? undefined : given;
  const style = textAt(encoding, 'style');
  const named = { mediaType, style: 'form', explode: own(encoding, 'explode') !== false } as const;
  if (kind === 'json') return { kind: 'json', ...named };
  if (kind === 'multipart' && isFile(schema)) return { kind: 'file', ...named };
  // Without a style, what is no plain value is sent as JSON (OpenAPI 3.x, Encoding Object).
  const isObjectLike = own(schema, 'type') === 'object' || own(schema, 'properties') !== undefined;
  const isRef = textAt(schema, '$ref') !== undefined;
  const asJson =
    mediaType === undefined ? isObjectLike && style === undefined : /json/.test(mediaType);
  if (asJson || (kind === 'multipart' && isRef)) return { kind: 'json', ...named };
  if (
    kind === 'form' &&
    (style === 'deepObject' || style === 'spaceDelimited' || style === 'pipeDelimited')
  ) {
    return { kind: 'value', ...named, style, explode: own(encoding, 'explode') === true };
  }
  return { kind: 'value', ...named };
}

function argumentOf(field: FieldPlan, members: Members, definitions: Definitions): Argument {
  const schema = members.schemas.get(field.name);
  const required = members.required.has(field.name);
  const part = field.kind === 'file' ? fileSchema(schema) : schema;
  return {
    name: field.argument,
    required,
    description: undefined,
    schema: definitions.part(part, members.holder),
  };
}

function wholeSchema(
  kind: MediaKind,
  mediaType: string,
  converted: Converted,
  definitions: Definitions,
  members: Members | undefined,
): Converted {
  if (kind === 'text') {
    const isPlain = own(converted.schema, 'type') === 'string';
    return isPlain
      ? converted
      : definitions.convert({ type: 'string', contentMediaType: mediaType });
  }
  if (kind === 'binary') {
    return definitions.convert({
      type: 'string',
      contentEncoding: 'base64',
      contentMediaType: mediaType,
    });
  }
  if (kind === 'multipart' && members !== undefined) {
    const properties = Object.fromEntries(
      [...members.schemas].map(([name, one]) => [name, isFile(one) ? fileSchema(one) : one]),
    );
    return definitions.part(
      { ...(members.holder.schema as JsonObject), properties },
      members.holder,
    );
  }
  return converted;
}

/** A range of types is sent as its usual one. */
function concrete(mediaType: string, kind: MediaKind): string {
  if (!mediaType.includes('*')) return mediaType.replaceAll(/[\r\n]/g, '');
  return kind === 'text' ? 'text/plain' : 'application/octet-stream';
}
