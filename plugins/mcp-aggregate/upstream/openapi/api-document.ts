import { log } from '../../../../lib/log.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { encodeString } from '../../../../lib/json/splice.js';
import { toolScopes } from '../../core/policy/tool-scopes.js';
import type { ConvertedDocument } from '../../core/openapi/convert-document.js';
import type { ApiTool } from '../../core/openapi/tools/make-tool.js';
import type { ServerConfig } from '../../config/config.js';
import type { OpenApiConfig } from '../../config/servers/openapi-config.js';
import { checkedSchema } from './api-work.js';
import type { CheckedSchema } from './api-work.js';

/** A tool ready to be called. */
export interface ServedTool extends ApiTool {
  readonly schema: CheckedSchema;
  /** Arguments that the configuration gives, as JSON. */
  readonly given: ReadonlyMap<string, RawJson>;
}

/** What is served of a document. */
export interface ServedDocument {
  readonly title: string;
  readonly version: string;
  readonly tools: ReadonlyMap<string, ServedTool>;
  /** The result of `tools/list`. */
  readonly list: RawJson;
}

/** More of them are said to be many: models choose worse from longer lists. */
const manyTools = 40;
const mostNamed = 20;

/** Makes what was converted ready, and says what became of it. */
export function servedDocument(
  server: Pick<ServerConfig, 'name' | 'key'>,
  openapi: OpenApiConfig,
  converted: ConvertedDocument,
): ServedDocument {
  const tools = new Map<string, ServedTool>();
  for (const tool of converted.tools) {
    const schema = checkedSchema(tool.argumentSchema);
    tools.set(tool.name, { ...tool, schema, given: fixedValues(openapi, tool) });
  }
  const decide = openapi.scopesFromSecurity || converted.scopesDecide;
  const scoped = converted.tools.filter(({ scopes }) => decide && scopes.length > 0);
  toolScopes.set(server.key, new Map(scoped.map(({ name, scopes }) => [name, scopes])));
  tell(server.name, converted);
  const definitions = converted.tools.map(({ definition }) => definition);
  const { title, version } = converted;
  return { title, version, tools, list: Buffer.from(`{"tools":[${definitions.join(',')}]}`) };
}

function fixedValues({ fixed }: OpenApiConfig, tool: ApiTool): ReadonlyMap<string, RawJson> {
  const values = fixed.get(tool.override ?? '') ?? {};
  return new Map(
    tool.fixed.map(({ name, isText }) => [name, rawOf(values[name] ?? '', isText)] as const),
  );
}

function rawOf(text: string, isText: boolean): RawJson {
  if (!isText) {
    try {
      JSON.parse(text);
      return Buffer.from(text.trim());
    } catch {
      // It is meant as a text, then.
    }
  }
  return Buffer.from(encodeString(text));
}

function tell(server: string, { tools, leftOut }: ConvertedDocument): void {
  log('info', 'api_document_read', { server, tools: tools.length, left_out: leftOut.length });
  const faults = leftOut.filter(({ isFault }) => isFault);
  for (const { operation, reason } of faults.slice(0, mostNamed)) {
    log('warn', 'api_operation_left_out', { server, operation: operation.slice(0, 200), reason });
  }
  if (tools.length > manyTools) log('warn', 'api_many_tools', { server, tools: tools.length });
}
