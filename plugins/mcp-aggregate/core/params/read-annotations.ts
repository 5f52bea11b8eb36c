import { mayHold } from '../../../../lib/json/may-hold.js';
import { namesOnce } from '../../../../lib/json/names-once.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { MirroredParam, MirroredParams, ParamChild, ParamNode } from './mirrored-params.js';
import { nodeOf } from './param-node.js';
import { objectSubschemas, otherSubschemas } from './subschemas.js';

const keyword = 'x-mcp-header';
/** A schema that holds the keyword is read whole, by more than one parser: an honest one has fewer. */
const mostMembers = 4_000;
/** Each is a header of every call; servers take some hundred header fields. */
const mostParams = 32;
const longestName = 128;
const mostShown = 100;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const mirroredTypes: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);

type Schema = Readonly<Record<string, unknown>>;

class AnnotationFault extends Error {}

/**
 * Which arguments of a tool headers mirror, by the `x-mcp-header` annotations of its input schema
 * (2026-07-28, transports, "Custom headers from tool parameters").
 * @param inputSchema valid JSON of bounded depth
 * @param sent as in `MirroredParams`
 * @returns undefined where none is; the reason where an annotation is against the rules
 */
export function readAnnotations(
  inputSchema: RawJson,
  sent: boolean,
): MirroredParams | { readonly reason: string } | undefined {
  if (!mayHold(inputSchema, keyword)) return undefined;
  if (!namesOnce(inputSchema, mostMembers)) {
    const reason = `${keyword}: its schema has a name twice in one object, or more than ${mostMembers} members`;
    return inputSchema.includes(`"${keyword}"`) ? { reason } : undefined;
  }
  try {
    const reader = new Reader();
    const root = reader.read(JSON.parse(inputSchema.toString()) as unknown);
    return root && { all: reader.all, root, sent };
  } catch (error) {
    if (error instanceof AnnotationFault) return { reason: error.message };
    throw error;
  }
}

class Reader {
  readonly all: MirroredParam[] = [];
  readonly #headers = new Set<string>();

  /** @throws AnnotationFault */
  read(schema: unknown): ParamNode | undefined {
    if (!isObject(schema)) return undefined;
    if (keyword in schema) throw misplaced([]);
    return this.#within(schema, []);
  }

  #within(schema: Schema, path: readonly string[]): ParamNode | undefined {
    refuseElsewhere(schema, path);
    const { properties } = schema;
    if (!isObject(properties)) return undefined;
    const children = new Map<string, ParamChild>();
    for (const [name, property] of Object.entries(properties)) {
      if (!isObject(property)) continue;
      const here = [...path, name];
      const param = keyword in property ? this.#add(property, here) : undefined;
      const node = this.#within(property, here);
      if (param !== undefined || node !== undefined) children.set(name, { param, node });
    }
    return children.size === 0 ? undefined : nodeOf(children, Object.keys(properties));
  }

  #add({ [keyword]: name, type }: Schema, path: readonly string[]): number {
    if (typeof name !== 'string' || name.length > longestName || !token.test(name)) {
      throw fault(path, `is no field name of 1 to ${longestName} characters (RFC 9110)`);
    }
    if (!mirroredTypes.has(type)) {
      throw fault(path, 'stands at a property that is not of type string, integer or boolean');
    }
    const lower = name.toLowerCase();
    if (this.#headers.has(lower)) throw fault(path, `names ${name}, as another does`);
    if (this.all.length === mostParams) throw fault(path, `stands at more than ${mostParams}`);
    this.#headers.add(lower);
    const header = `Mcp-Param-${name}`;
    this.all.push({ path: shown(path), header, integer: type === 'integer' });
    return this.all.length - 1;
  }
}

/** @throws AnnotationFault where a schema within this one, but not a property of it, is annotated */
function refuseElsewhere(schema: Schema, path: readonly string[]): void {
  for (const name of otherSubschemas) {
    for (const inner of subschemas(schema[name], objectSubschemas.has(name))) {
      refuseWithin(inner, path);
    }
  }
}

function refuseWithin(schema: unknown, path: readonly string[]): void {
  if (!isObject(schema)) return;
  if (keyword in schema) throw misplaced(path);
  refuseElsewhere(schema, path);
  if (isObject(schema['properties'])) {
    for (const inner of Object.values(schema['properties'])) refuseWithin(inner, path);
  }
}

function subschemas(value: unknown, named: boolean): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return [];
  return named ? Object.values(value) : [value];
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function misplaced(path: readonly string[]): AnnotationFault {
  return fault(path, 'stands where properties alone do not lead');
}

function fault(path: readonly string[], what: string): AnnotationFault {
  return new AnnotationFault(`${keyword} ${path.length === 0 ? '' : `at ${shown(path)} `}${what}`);
}

function shown(path: readonly string[]): string {
  return path.join('.').slice(0, mostShown);
}
