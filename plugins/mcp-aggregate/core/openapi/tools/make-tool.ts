import type { ApiOperation } from '../document/api-operation.js';
import { DocumentError } from '../document/document-error.js';
import { own } from '../document/json-object.js';
import type { RequestPlan } from '../request/request-plan.js';
import type { Definitions } from '../schema/definitions.js';
import { argumentText } from './argument.js';
import type { Argument } from './argument.js';
import { planBody } from './body.js';
import { FlatNames } from './flat-names.js';
import { planOutput } from './output.js';
import { planParameters } from './parameters.js';
import type { Annotations, OperationOverride } from './selection.js';

/** What all definitions of one tool's arguments may have, in bytes; beyond, parts are left open. */
const mostDefinitions = 65_536;
/** A longer schema takes long to be made ready. */
const mostStraight = 8_192;
/** Keywords by which a value is looked at again and again; as names of members they do no harm. */
const branching =
  /"(\$ref|allOf|anyOf|oneOf|not|if|pattern|patternProperties|propertyNames|contains|uniqueItems|dependentSchemas|unevaluated\w+)":/;
const longestDescription = 4_096;
const longestTitle = 128;

/** An operation as a tool: plain data. */
export interface ApiTool {
  readonly name: string;
  /** `METHOD /path`. */
  readonly operation: string;
  /** The tool as MCP lists it, as JSON text. */
  readonly definition: string;
  /** What its arguments are checked against, as JSON text. */
  readonly argumentSchema: string;
  /** Whether checking takes time by the length of schema and arguments alone, whatever they are. */
  readonly isStraight: boolean;
  readonly plan: RequestPlan;
  /** Names of arguments that the configuration gives. */
  readonly fixed: readonly FixedArgument[];
  /** Which override they are of. */
  readonly override: string | undefined;
  /** Whether each result must be an object. */
  readonly hasOutput: boolean;
  readonly scopes: readonly string[];
  /** What the operator may want to know. */
  readonly notes: readonly string[];
}

export interface FixedArgument {
  readonly name: string;
  /** Whether a text that reads as JSON is meant as it stands. */
  readonly isText: boolean;
}

export interface MakeOptions {
  readonly input: Definitions;
  readonly output: Definitions;
  readonly taken: ReadonlySet<string>;
  readonly showsOutput: boolean;
}

/** @throws DocumentError where a call could not be made */
export function makeTool(
  operation: ApiOperation,
  name: string,
  override: OperationOverride | undefined,
  { input, output, taken, showsOutput }: MakeOptions,
): ApiTool {
  const names = new FlatNames();
  const parameters = planParameters(operation, input, names, taken);
  const body = planBody(operation, input, names);
  const all = [...parameters.arguments, ...body.arguments];
  const { text: defs, cut } = input.closure(
    all.map(({ schema }) => schema),
    mostDefinitions,
  );
  const fixed = fixedOf(all, override, input);
  const shown = all.filter(({ name }) => !fixed.some((one) => one.name === name));
  const { schema: outputSchema, accept, note } = planOutput(operation, output);
  const hasOutput = showsOutput && outputSchema !== undefined;
  const inputSchema = objectText(shown, defs);
  const notes = [
    ...parameters.notes,
    ...(cut ? ['parts of its schema are left open, for their size'] : []),
    ...(note === undefined ? [] : [note]),
  ];
  return {
    name,
    operation: `${operation.method} ${operation.path}`,
    definition: definitionText(
      operation,
      name,
      override,
      inputSchema,
      hasOutput ? outputSchema : undefined,
    ),
    argumentSchema: inputSchema,
    isStraight: inputSchema.length <= mostStraight && !branching.test(inputSchema),
    plan: { method: operation.method, ...parameters.plan, body: body.plan, accept },
    fixed,
    override: override?.operation,
    hasOutput,
    scopes: operation.scopes,
    notes,
  };
}

/** @throws DocumentError for a name that is none: whoever fixes a value relies on it */
function fixedOf(
  all: readonly Argument[],
  override: OperationOverride | undefined,
  definitions: Definitions,
): FixedArgument[] {
  return (override?.fixed ?? []).map((name) => {
    const argument = all.find((one) => one.name === name);
    if (argument === undefined)
      throw new DocumentError(`fixed has ${name}, which is no argument of it`);
    return { name, isText: own(definitions.look(argument.schema).schema, 'type') === 'string' };
  });
}

function objectText(all: readonly Argument[], defs: string | undefined): string {
  const properties = all.map((one) => `${JSON.stringify(one.name)}:${argumentText(one)}`);
  const required = all.filter((one) => one.required).map(({ name }) => name);
  const members = [
    '"type":"object"',
    `"properties":{${properties.join(',')}}`,
    ...(required.length === 0 ? [] : [`"required":${JSON.stringify(required)}`]),
    '"additionalProperties":false',
    ...(defs === undefined ? [] : [`"$defs":${defs}`]),
  ];
  return `{${members.join(',')}}`;
}

function definitionText(
  operation: ApiOperation,
  name: string,
  override: OperationOverride | undefined,
  inputSchema: string,
  outputSchema: string | undefined,
): string {
  const members = [
    `"name":${JSON.stringify(name)}`,
    `"description":${JSON.stringify(override?.description ?? descriptionOf(operation))}`,
    `"inputSchema":${inputSchema}`,
    ...(outputSchema === undefined ? [] : [`"outputSchema":${outputSchema}`]),
    `"annotations":${JSON.stringify(annotationsOf(operation, override?.annotations))}`,
  ];
  return `{${members.join(',')}}`;
}

function descriptionOf(operation: ApiOperation): string {
  const { summary, description, hints, method, path, deprecated } = operation;
  const parts = [...new Set([summary, description])].filter(
    (text) => text !== undefined && text !== '',
  );
  const text = hints.description ?? (parts.join('\n\n') || `${method} ${path}`);
  return `${deprecated ? 'Deprecated. ' : ''}${text}`.slice(0, longestDescription);
}

/** By the method (RFC 9110 §9.2); what a POST does cannot be told from it, so the worst is assumed. */
function annotationsOf({ method, summary }: ApiOperation, given: Annotations = {}) {
  const readOnly = given.readOnly ?? /^(GET|HEAD|OPTIONS|TRACE)$/.test(method);
  const idempotent = given.idempotent ?? (readOnly || method === 'PUT' || method === 'DELETE');
  const title = given.title ?? summary?.slice(0, longestTitle);
  return {
    ...(title === undefined || title === '' ? {} : { title }),
    readOnlyHint: readOnly,
    destructiveHint: given.destructive ?? !readOnly,
    idempotentHint: idempotent,
    ...(given.openWorld === undefined ? {} : { openWorldHint: given.openWorld }),
  };
}
