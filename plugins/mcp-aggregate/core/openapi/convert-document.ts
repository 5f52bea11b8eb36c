import type { OperationHead } from './document/api-operation.js';
import { DocumentError } from './document/document-error.js';
import { objectAt, textAt } from './document/json-object.js';
import { operationHeads, titleOf, versionOf } from './document/operation-heads.js';
import { parseDocument } from './document/parse-document.js';
import { readOperation } from './document/read-operation.js';
import { readSchemes } from './document/security-scopes.js';
import { Definitions } from './schema/definitions.js';
import { makeTool } from './tools/make-tool.js';
import type { ApiTool } from './tools/make-tool.js';
import { toolNames } from './tools/names.js';
import { Selecting } from './tools/selection.js';
import type { Selection } from './tools/selection.js';

/** Tools of one document; far more than a model can choose from. */
export const mostTools = 1_000;
/** All definitions together, in bytes. */
const mostBytes = 33_554_432;

export interface ConvertOptions extends Selection {
  /** Header fields that the configuration sends, in lower case: they are nobody else's to give. */
  readonly takenHeaders: readonly string[];
  /** Whether results are described to clients. */
  readonly outputSchemas: boolean;
}

/** What became of a document: plain data. */
export interface ConvertedDocument {
  readonly title: string;
  readonly version: string;
  readonly tools: readonly ApiTool[];
  /** Operations that are no tools, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Whether the document itself asks that its scopes decide. */
  readonly scopesDecide: boolean;
}

export interface LeftOut {
  readonly operation: string;
  readonly reason: string;
  /** Whether nobody has asked for that: the operation itself is at fault. */
  readonly isFault: boolean;
}

/**
 * Makes tools of an OpenAPI 3.0, 3.1 or 3.2, or Swagger 2.0, document. An operation at fault is left
 * out alone.
 * @throws DocumentError where the document as a whole cannot be used
 */
export function convertDocument(text: string, options: ConvertOptions): ConvertedDocument {
  const document = parseDocument(text);
  const version = versionOf(document);
  const { heads, unread } = operationHeads(document);
  const leftOut: LeftOut[] = unread.map((one) => ({ ...one, isFault: true }));
  const selecting = new Selecting(options);
  const chosen = heads.filter((head) => {
    const reason = selecting.leftOut(head);
    if (reason !== undefined) leftOut.push({ operation: titleOf(head), reason, isFault: false });
    return reason === undefined;
  });
  if (chosen.length > mostTools) {
    throw new DocumentError(
      `${chosen.length} operations would be tools, ${mostTools} are the most: include fewer`,
    );
  }
  const schemes = readSchemes(document);
  const facts = { document, version, schemes };
  // Of all operations, so that what is included does not rename what was there.
  const names = toolNames(heads, (head) => selecting.overrideOf(head)?.name);
  const made = {
    input: new Definitions(document, 'input'),
    output: new Definitions(document, 'output'),
    taken: new Set(options.takenHeaders),
    showsOutput: options.outputSchemas,
  };
  const tools: ApiTool[] = [];
  let bytes = 0;
  for (const head of chosen) {
    const tool = toolOf(head, () =>
      makeTool(readOperation(facts, head), names.get(head)!, selecting.overrideOf(head), made),
    );
    if ('reason' in tool) leftOut.push(tool);
    else {
      bytes += tool.definition.length + tool.argumentSchema.length;
      if (bytes > mostBytes)
        throw new DocumentError(`its tools have more than ${mostBytes} bytes: include fewer`);
      tools.push(tool);
    }
  }
  return { ...aboutOf(document), tools, leftOut, scopesDecide: schemes.decide };
}

function toolOf(head: OperationHead, make: () => ApiTool): ApiTool | LeftOut {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return { operation: titleOf(head), reason: error.message, isFault: true };
  }
}

function aboutOf(document: Readonly<Record<string, unknown>>) {
  const info = objectAt(document, 'info');
  const fit = (text = '') => text.slice(0, 128);
  return { title: fit(textAt(info, 'title')), version: fit(textAt(info, 'version')) };
}
