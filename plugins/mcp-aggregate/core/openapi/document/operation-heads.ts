import type { OperationHead } from './api-operation.js';
import { DocumentError } from './document-error.js';
import { isObject, listAt, objectAt, own, textAt } from './json-object.js';
import type { JsonObject } from './json-object.js';
import { resolved } from './references.js';

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace'] as const;
/** Of 3.2, which no HTTP client and proxy between here and there is sure to pass. */
const unsent = ['query', 'additionalOperations'] as const;
export const mostOperations = 5_000;

export type DocumentVersion = '2.0' | '3.0' | '3.1' | '3.2';

/** @throws DocumentError for what is no OpenAPI document of a version that is read */
export function versionOf(document: JsonObject): DocumentVersion {
  const version =
    textAt(document, 'openapi') ?? textAt(document, 'swagger') ?? own(document, 'swagger');
  const [, found] = /^(2\.0|3\.[012])(\.|$)/.exec(version === 2 ? '2.0' : String(version)) ?? [];
  if (found !== undefined) return found as DocumentVersion;
  throw new DocumentError('it is no OpenAPI 3.0, 3.1 or 3.2, nor Swagger 2.0, document');
}

export interface HeadsRead {
  readonly heads: readonly OperationHead[];
  /** What cannot be an operation here, by `METHOD /path`. */
  readonly unread: readonly { readonly operation: string; readonly reason: string }[];
}

/**
 * All operations of a document, in its order.
 * @throws DocumentError for one without paths, or with more operations than are read
 */
export function operationHeads(document: JsonObject): HeadsRead {
  const paths = objectAt(document, 'paths');
  if (paths === undefined) throw new DocumentError('it has no paths');
  const heads: OperationHead[] = [];
  const unread: { operation: string; reason: string }[] = [];
  for (const path of Object.keys(paths)) {
    if (path.startsWith('x-')) continue;
    try {
      const pathItem = resolved(document, paths[path]);
      for (const head of headsOf(path, pathItem)) {
        if (heads.push(head) > mostOperations) {
          throw new TooMany(`it has more than ${mostOperations} operations`);
        }
      }
      for (const name of unsent.filter((key) => own(pathItem, key) !== undefined)) {
        unread.push({
          operation: `${name} ${path}`,
          reason: 'requests of this method are not sent',
        });
      }
    } catch (error) {
      if (error instanceof TooMany || !(error instanceof DocumentError)) throw error;
      unread.push({ operation: path, reason: error.message });
    }
  }
  return { heads, unread };
}

class TooMany extends DocumentError {}

function headsOf(path: string, pathItem: JsonObject): OperationHead[] {
  return methods.flatMap((method) => {
    const node = own(pathItem, method);
    if (!isObject(node)) return [];
    return [
      {
        method: method.toUpperCase(),
        path,
        id: textAt(node, 'operationId'),
        tags: listAt(node, 'tags').filter((tag) => typeof tag === 'string'),
        hints: {
          exclude: own(node, 'x-kong-mcp-exclude') === true,
          name: textAt(node, 'x-kong-mcp-tool-name'),
          description: textAt(node, 'x-kong-mcp-tool-description'),
        },
        node,
        pathItem,
      },
    ];
  });
}

/** How an operation is named to operators. */
export function titleOf({ method, path }: Pick<OperationHead, 'method' | 'path'>): string {
  return `${method} ${path}`;
}
