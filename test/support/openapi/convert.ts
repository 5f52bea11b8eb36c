import { convertDocument } from '../../../plugins/mcp-aggregate/core/openapi/convert-document.js';
import type {
  ConvertedDocument,
  ConvertOptions,
} from '../../../plugins/mcp-aggregate/core/openapi/convert-document.js';
import type { ApiTool } from '../../../plugins/mcp-aggregate/core/openapi/tools/make-tool.js';

const everything: ConvertOptions = {
  include: [{ method: '*' }],
  exclude: [],
  overrides: [],
  takenHeaders: [],
  outputSchemas: true,
};

/** All operations of a document, writing ones too, unless told otherwise. */
export function convert(
  document: object | string,
  options: Partial<ConvertOptions> = {},
): ConvertedDocument {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return convertDocument(text, { ...everything, ...options });
}

/** An OpenAPI document with these paths. */
export function openapi(paths: object, more: object = {}): object {
  return { openapi: '3.1.0', info: { title: 'Test', version: '1' }, paths, ...more };
}

export interface OneOptions extends Partial<ConvertOptions> {
  readonly path?: string;
  readonly method?: string;
  /** Further members of the document. */
  readonly more?: object;
}

/** The one tool of a document with this one operation; what is wrong with it shows in the error. */
export function toolOf(
  operation: object,
  options: OneOptions = {},
): ApiTool & { listed: ListedTool } {
  const { path = '/things', method = 'get', more = {}, ...others } = options;
  const converted = convert(openapi({ [path]: { [method]: operation } }, more), others);
  const [tool] = converted.tools;
  if (tool === undefined) throw new Error(JSON.stringify(converted.leftOut));
  return { ...tool, listed: JSON.parse(tool.definition) };
}

/** A tool as lists show it. */
export interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>> & {
    readonly properties: Readonly<Record<string, unknown>>;
  };
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  readonly annotations: Readonly<Record<string, unknown>>;
}

export function json(schema: unknown): object {
  return { description: 'As it is.', content: { 'application/json': { schema } } };
}
