import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServerEverything } from '../upstreams/server-everything.js';

export interface DemoServers {
  /** `servers` of mcp-aggregate. */
  readonly servers: readonly object[];
  /** Environment of the plugin server: where the operator's file is. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder that server-filesystem may read. */
  readonly folder: string;
  close(): Promise<void>;
}

const require = createRequire(import.meta.url);

/** The three reference servers: one over HTTP, two as children of the plugin server. */
export async function startDemoServers(): Promise<DemoServers> {
  const everything = await startServerEverything();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-files-')));
  const entry = (name: string) => require.resolve(`@modelcontextprotocol/${name}/dist/index.js`);
  const node = process.execPath;
  const mcpServers = {
    filesystem: { command: node, args: [entry('server-filesystem'), folder] },
    memory: {
      command: node,
      args: [entry('server-memory')],
      env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
    },
  };
  const file = join(folder, 'mcp-servers.json');
  writeFileSync(file, JSON.stringify({ mcpServers }));
  return {
    servers: [
      { name: 'everything', url: everything.url },
      { name: 'files', stdio: 'filesystem' },
      { name: 'memory', stdio: 'memory' },
    ],
    env: { KONG_MCP_STDIO_FILE: file },
    folder,
    close: async () => {
      await everything.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
