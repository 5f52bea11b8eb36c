import { createHash } from 'node:crypto';
import { ConfigError } from '../../../../lib/errors/errors.js';
import type { ServerKongConfig } from '../../../../schema/mcp-aggregate.js';
import type {
  Annotations,
  OperationOverride,
  Selection,
  Selector,
} from '../../core/openapi/tools/selection.js';
import { MissingSecret } from './auth-config.js';

type KongOpenApi = NonNullable<ServerKongConfig['openapi']>;
type KongOperation = NonNullable<KongOpenApi['operations']>[number];

/** An API that is served as tools. Fixed arguments may be secrets: never log them. */
export interface OpenApiConfig extends Selection {
  /** The document as text, or the name of a file of the operator's folder. */
  readonly source: { readonly text: string } | { readonly file: string };
  /** Digest of the inline text, which is long. */
  readonly digest: string;
  /** Values of arguments that are not the caller's, as texts, by `operation` of the override. */
  readonly fixed: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly scopesFromSecurity: boolean;
  readonly outputSchemas: boolean;
}

/**
 * Reads the `openapi` of a server.
 * @param field names the server
 * @throws ConfigError naming the field; as MissingSecret for a document or value that arrived empty
 */
export function readOpenApi(field: string, server: ServerKongConfig): OpenApiConfig | undefined {
  const openapi = server.openapi ?? undefined;
  if (openapi === undefined) return undefined;
  if (!server.url && !server.route) {
    throw new ConfigError(`${field}.openapi`, 'needs the route, or the url, of the API');
  }
  if (server.direct)
    throw new ConfigError(`${field}.direct`, 'is for MCP servers, not for openapi');
  const { document, file } = openapi;
  if (document !== undefined && document !== null && document.trim() === '') {
    throw new MissingSecret(`${field}.openapi.document`);
  }
  if (file && /(^|\/)\.\.?(\/|$)|\/\//.test(file)) {
    throw new ConfigError(`${field}.openapi.file`, 'must not hold .., . or //');
  }
  if (!document === !file)
    throw new ConfigError(`${field}.openapi`, 'needs either document or file');
  const text = document ?? '';
  const operations = list(openapi.operations);
  return {
    source: file ? { file } : { text },
    digest: createHash('sha256').update(text).digest('base64url'),
    include: list(openapi.include).map(readSelector),
    exclude: list(openapi.exclude).map(readSelector),
    overrides: operations.map(readOverride),
    fixed: readFixed(`${field}.openapi.operations`, operations),
    scopesFromSecurity: openapi.scopes_from_security,
    outputSchemas: openapi.output_schemas,
  };
}

function readSelector(given: NonNullable<KongOpenApi['include']>[number]): Selector {
  return {
    operation: given.operation ?? undefined,
    tag: given.tag ?? undefined,
    method: given.method ?? undefined,
    path: given.path ?? undefined,
  };
}

function readOverride(given: KongOperation): OperationOverride {
  const annotations: Annotations = {
    title: given.title ?? undefined,
    readOnly: given.read_only ?? undefined,
    destructive: given.destructive ?? undefined,
    idempotent: given.idempotent ?? undefined,
    openWorld: given.open_world ?? undefined,
  };
  return {
    operation: given.operation,
    name: given.name ?? undefined,
    description: given.description ?? undefined,
    annotations,
    fixed: Object.keys(given.fixed ?? {}),
    hide: given.hide,
  };
}

function readFixed(field: string, operations: readonly KongOperation[]): OpenApiConfig['fixed'] {
  const all = new Map<string, Readonly<Record<string, string>>>();
  for (const { operation, fixed } of operations) {
    if (all.has(operation)) throw new ConfigError(field, `two are for ${operation}`);
    for (const [name, value] of Object.entries(fixed ?? {})) {
      if (value === '') throw new MissingSecret(`${field}[${operation}].fixed.${name}`);
    }
    all.set(operation, fixed ?? {});
  }
  return all;
}

/** Kong may hand on an empty list as null or as an empty object. */
function list<T>(value: readonly T[] | null | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}
