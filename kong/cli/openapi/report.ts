import type { ConvertedDocument } from '../../../plugins/mcp-aggregate/core/openapi/convert-document.js';
import { visible } from '../../../lib/visible.js';

interface ReportParts {
  readonly name: string;
  readonly route: string;
  readonly out: string;
  readonly file: string;
}

const manyTools = 40;

/** What each operation became, why the others did not, and what to do next. */
export function conversionReport(
  { title, version, tools, leftOut }: ConvertedDocument,
  { name, route, out, file }: ReportParts,
): string {
  const wide = Math.max(0, ...tools.map((tool) => tool.name.length));
  const made = tools.flatMap((tool) => [
    `  ${tool.name.padEnd(wide)}  ${tool.operation}${scopes(tool.scopes)}`,
    ...tool.notes.map((note) => `  ${' '.repeat(wide)}    ${note}`),
  ]);
  const missing = leftOut.map(
    ({ operation, reason, isFault }) => `  ${isFault ? '!' : '-'} ${operation}: ${reason}`,
  );
  const lines = [
    `Wrote ${out}`,
    '',
    `${title} ${version}: ${tools.length} tools, with ${name}__ before their names`,
    ...made,
    ...(missing.length === 0
      ? []
      : ['', `${missing.length} operations left out (! at fault):`, ...missing]),
    ...(tools.length > manyTools
      ? ['', `Models choose worse among more than ${manyTools} tools: include fewer.`]
      : []),
    '',
    'Next:',
    `  - copy ${file} to the folder that KONG_MCP_OPENAPI_DIR names for the plugin server`,
    `  - add what is in ${out} to kong.yml, and set the url of its Service`,
    `  - requests reach the API by ${route}, with that path taken off`,
    '',
  ];
  return lines.map(visible).join('\n');
}

function scopes(needed: readonly string[]): string {
  return needed.length === 0 ? '' : `  (scopes: ${needed.join(' ')})`;
}
