import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { RE2JS } from 're2js';
import { documentsIn } from './resources.js';
import type { Resource } from './resources.js';

/** Definitions of texts that may be numbers as well, which OpenAPI 2 cannot say. */
const either = /\.(?:IntOrString|Quantity)$/;

/** Patterns of Kubernetes are those of Go. */
const re2 = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    const test = (text: string) => compiled.matcher(text).find();
    // By which ajv tells them apart.
    return { test, source: pattern, toString: () => pattern };
  },
  { code: 'undefined' },
);

/** Says of resources whether an API server would know each of their fields. */
export class ResourceSchemas {
  readonly #ajv = new Ajv({
    strict: false,
    allErrors: true,
    validateFormats: false,
    code: { regExp: re2 },
  });
  readonly #kinds = new Map<string, ValidateFunction>();
  readonly #definitions: Resource;

  /**
   * @param openapi file of Kubernetes' own resources: `api/openapi-spec/swagger.json` of a release
   * @param crds folders with CustomResourceDefinitions
   */
  constructor(openapi: string, crds: readonly string[]) {
    const { definitions } = JSON.parse(readFileSync(openapi, 'utf8')) as Resource;
    this.#definitions = definitions;
    const own = Object.entries<Resource>(definitions).map(([name, definition]) => [
      name,
      either.test(name) ? {} : closed(definition),
    ]);
    this.#ajv.addSchema({ $id: 'kube', definitions: Object.fromEntries(own) });
    for (const folder of crds) {
      for (const name of readdirSync(folder).filter((one) => /\.ya?ml$/.test(one))) {
        documentsIn(readFileSync(join(folder, name), 'utf8')).forEach((crd) => this.#add(crd));
      }
    }
  }

  /** What is wrong with a resource; undefined where nothing is. */
  errorsOf(resource: Resource): string | undefined {
    const { apiVersion, kind } = resource as { apiVersion: string; kind: string };
    const key = `${apiVersion} ${kind}`;
    const validate = this.#kinds.get(key) ?? this.#own(key, apiVersion, kind);
    if (validate === undefined) return `no schema of ${key}`;
    return validate(withoutNulls(resource)) ? undefined : this.#ajv.errorsText(validate.errors);
  }

  #own(key: string, apiVersion: string, kind: string): ValidateFunction | undefined {
    const [version, group = ''] = apiVersion.split('/').reverse();
    const found = Object.entries<Resource>(this.#definitions).find(([, definition]) =>
      (definition['x-kubernetes-group-version-kind'] ?? []).some(
        (one: Resource) =>
          one['group'] === group && one['version'] === version && one['kind'] === kind,
      ),
    );
    const validate = found && this.#ajv.compile({ $ref: `kube#/definitions/${found[0]}` });
    if (validate !== undefined) this.#kinds.set(key, validate);
    return validate;
  }

  #add({ kind, spec }: Resource): void {
    if (kind !== 'CustomResourceDefinition') return;
    for (const { name, schema } of spec.versions) {
      const known = { apiVersion: {}, kind: {}, metadata: {} };
      const { properties, ...rest } = schema.openAPIV3Schema;
      const closedSchema = closed({ ...rest, properties: { ...properties, ...known } });
      this.#kinds.set(`${spec.group}/${name} ${spec.names.kind}`, this.#ajv.compile(closedSchema));
    }
  }
}

/** The schema with no members but those it names, as an API server that is told to be strict. */
function closed(schema: Resource): Resource {
  const inner = Object.entries(schema).map(([key, value]) => {
    if (key === '$ref') return [key, (value as string).replace('#/', 'kube#/')];
    if (typeof value !== 'object' || value === null) return [key, value];
    if (Array.isArray(value))
      return [key, value.map((one: unknown) => (isSchema(one) ? closed(one) : one))];
    return [key, key === 'properties' ? mapped(value as Resource) : closed(value as Resource)];
  });
  const open =
    schema['properties'] === undefined ||
    schema['additionalProperties'] !== undefined ||
    schema['x-kubernetes-preserve-unknown-fields'] === true;
  const either =
    schema['x-kubernetes-int-or-string'] === true ? { type: ['integer', 'string'] } : {};
  return {
    ...Object.fromEntries(inner),
    ...either,
    ...(open ? {} : { additionalProperties: false }),
  };
}

/** What an API server takes for absent. */
const withoutNulls = (resource: Resource): unknown =>
  JSON.parse(JSON.stringify(resource, (_, value: unknown) => value ?? undefined));

const isSchema = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapped = (properties: Resource): Resource =>
  Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [name, closed(one as Resource)]),
  );
