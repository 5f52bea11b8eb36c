import type { ApiOperation, ApiParameter, OperationHead } from './api-operation.js';
import type { JsonObject } from './json-object.js';
import { own, textAt } from './json-object.js';
import type { DocumentVersion } from './operation-heads.js';
import { readBody, readResponses, readV2Body, readV2Responses } from './read-bodies.js';
import { parameterNodes, readParameter } from './read-parameters.js';
import { scopesOf } from './security-scopes.js';
import type { SecuritySchemes } from './security-scopes.js';

/** What holds for all operations of a document. */
export interface DocumentFacts {
  readonly document: JsonObject;
  readonly version: DocumentVersion;
  readonly schemes: SecuritySchemes;
}

const notParameters = new Set(['body', 'formData']);

/**
 * One operation, in the terms of OpenAPI 3 whatever its version.
 * @throws DocumentError for what cannot be read of it
 */
export function readOperation(facts: DocumentFacts, head: OperationHead): ApiOperation {
  const { document, version, schemes } = facts;
  const { node } = head;
  const isV2 = version === '2.0';
  const nodes = parameterNodes(document, head);
  const parameters: ApiParameter[] = nodes
    .filter((one) => !isV2 || !notParameters.has(textAt(one, 'in') ?? ''))
    .map((one) => readParameter(document, one, isV2));
  const { method, path, id, tags, hints } = head;
  return {
    method,
    path,
    id,
    tags,
    hints,
    summary: textAt(node, 'summary') ?? textAt(head.pathItem, 'summary'),
    description: textAt(node, 'description') ?? textAt(head.pathItem, 'description'),
    deprecated: own(node, 'deprecated') === true,
    parameters,
    body: isV2 ? readV2Body(nodes, node, document) : readBody(document, node),
    responses: isV2 ? readV2Responses(document, node) : readResponses(document, node),
    scopes: scopesOf(document, node, schemes),
  };
}
