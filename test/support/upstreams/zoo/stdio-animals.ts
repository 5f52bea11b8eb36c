import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stdioFixture } from '../stdio-fixture.js';
import type { StdioFixture } from '../stdio-fixture.js';

export interface StdioAnimals {
  /** `servers` of mcp-aggregate. */
  readonly servers: readonly object[];
  /** Environment of the plugin server: where the operator's file is. */
  readonly env: Readonly<Record<string, string>>;
  fixture(name: string): StdioFixture;
  close(): void;
}

const tools = 'echo,die,hang,grandchild,pour,flood';

/**
 * Children that misbehave: each name with its `MODE` of `stdio-script.ts`.
 * @param settings of all servers in mcp-aggregate
 * @param own of single servers besides
 */
export function stdioAnimals(
  modes: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, unknown>> = {},
  own: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): StdioAnimals {
  const fixtures = new Map(
    Object.entries(modes).map(([name, MODE]) => [name, stdioFixture({ MODE, TOOLS: tools })]),
  );
  const folder = mkdtempSync(join(tmpdir(), 'stdio-zoo-'));
  const file = join(folder, 'mcp-servers.json');
  const mcpServers = Object.fromEntries(
    [...fixtures].map(([name, { command, args, env }]) => [name, { command, args, env }]),
  );
  writeFileSync(file, JSON.stringify({ mcpServers }));
  return {
    servers: [...fixtures.keys()].map((name) => ({
      name,
      stdio: name,
      ...settings,
      ...own[name],
    })),
    env: { KONG_MCP_STDIO_FILE: file },
    fixture: (name) => fixtures.get(name)!,
    close: () => {
      for (const fixture of fixtures.values()) fixture.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
