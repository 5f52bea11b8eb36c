import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { convertDocument } from '../../plugins/mcp-aggregate/core/openapi/convert-document.js';
import type { PreparedItem } from '../../plugins/mcp-aggregate/core/items/prepare-item.js';

/** Public API documents, by the prefix of their tools: what servers of real APIs list. */
const documents: readonly (readonly [prefix: string, pack: string, file: string])[] = [
  ['directus', '@directus/specs', 'dist/openapi.json'],
  ['trek', '@readme/oas-examples', '3.0/yaml/star-trek.yaml'],
  ['status', '@readme/oas-examples', '3.0/json/http-status-codes.json'],
  ['figma', '@figma/rest-api-spec', 'openapi/openapi.yaml'],
  ['readme', '@readme/oas-examples', '3.1/json/readme.json'],
  ['catalyst', '@dcl/catalyst-api-specs', 'lib/api.yaml'],
  ['dialogs', '@digdir/dialogporten-schema', 'swagger.verified.json'],
  ['pets', '@readme/oas-examples', '3.0/json/petstore.json'],
  ['train', '@readme/oas-examples', '3.1/json/train-travel.json'],
];

const everything = {
  include: [{ method: '*' }],
  exclude: [],
  overrides: [],
  takenHeaders: [],
  outputSchemas: false,
};

/** A catalogue of `count` tools of these APIs, mixed; the same each time. */
export function catalogueOf(count: number): readonly PreparedItem[] {
  const all = documents.flatMap(([prefix, pack, file]) => toolsOf(prefix, pack, file));
  const mixed = all
    .map((tool, n) => ({ tool, at: (n * 0.618_033_988_749_895) % 1 }))
    .sort((a, b) => a.at - b.at)
    .map(({ tool }) => tool);
  if (mixed.length < count) throw new RangeError(`there are ${mixed.length} tools`);
  return mixed.slice(0, count);
}

function toolsOf(prefix: string, pack: string, file: string): readonly PreparedItem[] {
  const text = readFileSync(join(folderOf(pack), file), 'utf8');
  return convertDocument(text, everything).tools.map(({ name: original, definition }) => {
    const name = `${prefix}__${original}`;
    const { description, inputSchema } = JSON.parse(definition) as Record<string, unknown>;
    const raw = Buffer.from(JSON.stringify({ name, description, inputSchema }));
    return { name, original, claim: 'own', raw };
  });
}

/** Not every package lets its `package.json` be asked for. */
function folderOf(pack: string): string {
  const places = createRequire(import.meta.url).resolve.paths(pack) ?? [];
  for (const place of places) {
    const folder = join(place, pack);
    try {
      readFileSync(join(folder, 'package.json'));
      return folder;
    } catch {
      continue;
    }
  }
  throw new Error(`${pack} is not installed in ${dirname(import.meta.url)} or above`);
}
