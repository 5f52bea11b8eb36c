import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

/** Entry that runs one of the reference servers over stdio. */
export function referenceEntry(name: string, ...args: string[]): object {
  const script = require.resolve(`@modelcontextprotocol/${name}/dist/index.js`);
  return { command: process.execPath, args: [script, ...args] };
}

export interface StdioFile {
  /** Environment of the plugin server: where the operator's file is. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder of its own. */
  readonly folder: string;
  remove(): void;
}

/** The operator's `mcpServers` file with these entries; `entries` is told the file's folder. */
export function stdioFile(
  entries: (folder: string) => Readonly<Record<string, object>>,
): StdioFile {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-entries-')));
  const file = join(folder, 'mcp-servers.json');
  writeFileSync(file, JSON.stringify({ mcpServers: entries(folder) }));
  return {
    env: { KONG_MCP_STDIO_FILE: file },
    folder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
