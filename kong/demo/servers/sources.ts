import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { ConfigError } from '../../../lib/errors/errors.js';
import type { McpServersDocument, ServerEntry } from '../../../lib/mcp-servers/entries.js';
import { parseMcpServers } from '../../../lib/mcp-servers/parse-document.js';
import { expandEntry, expandVariables } from '../../../lib/mcp-servers/variables.js';
import { importServers } from '../../cli/import/import-servers.js';
import type { ImportedServer, StdioFileEntry } from '../../cli/import/import-servers.js';
import { readDocumentFile } from '../../cli/read-document.js';
import type { DemoOptions } from '../options.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The servers of one run. */
export interface DemoSources {
  /** In place of those of kong.yml; undefined keeps them. */
  readonly servers: readonly ImportedServer[] | undefined;
  /** The operator's `mcpServers` file. */
  readonly stdio: Readonly<Record<string, StdioFileEntry>>;
  /** What vault references in kong.yml stand for. */
  readonly variables: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

const require = createRequire(import.meta.url);

/** Where an installed demo server starts. */
export function demoServerFile(name: string): string {
  return require.resolve(`@modelcontextprotocol/${name}/dist/index.js`);
}

/** The demo's own servers; server-everything is reached over HTTP and not among these. */
export async function demoSources(folder: string): Promise<DemoSources> {
  const files = `${folder}/files`;
  await mkdir(files, { recursive: true });
  await writeFile(`${files}/hello.txt`, 'Hello from a file behind Kong.\n');
  const command = process.execPath;
  const stdio = {
    filesystem: { command, args: [demoServerFile('server-filesystem'), files], env: {} },
    memory: {
      command,
      args: [demoServerFile('server-memory')],
      env: { MEMORY_FILE_PATH: `${folder}/memory.jsonl` },
    },
  };
  return { servers: undefined, stdio, variables: {}, warnings: [] };
}

/**
 * The servers of a document that the user brought. Relative paths start at `from`.
 * @param timeoutMs deadline of one call where an entry says none, in milliseconds
 * @throws ConfigError naming what is wrong
 */
export async function ownSources(
  source: NonNullable<DemoOptions['source']>,
  env: Environment,
  from: string,
  timeoutMs?: number,
): Promise<DemoSources> {
  const document =
    'text' in source
      ? parseMcpServers(source.text, { places: { workspaceFolder: from, userHome: homedir() } })
      : await readDocumentFile('--mcp-config', resolve(from, source.file));
  const imported = importServers(onlyComplete(document, env), env);
  if (imported.servers.length === 0) {
    throw new ConfigError(
      'mcpServers',
      ['no server can be used', ...imported.warnings].join('\n  '),
    );
  }
  const stdio = Object.entries(imported.stdio).map(([name, entry]) => [
    name,
    { ...entry, cwd: entry.cwd === undefined ? from : resolve(from, entry.cwd) },
  ]);
  const variables = Object.entries(imported.variables).map(([name, template]) => [
    name,
    expandVariables(template, env, name),
  ]);
  return {
    servers: imported.servers.map((server) => ({
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      ...server,
    })),
    stdio: Object.fromEntries(stdio) as DemoSources['stdio'],
    variables: Object.fromEntries(variables) as Record<string, string>,
    warnings: imported.warnings,
  };
}

/** A server whose variables are not all set is left out alone, before anything is started. */
function onlyComplete(document: McpServersDocument, env: Environment): McpServersDocument {
  const entries: [string, ServerEntry][] = [];
  const leftOut = Object.entries(document.leftOut);
  for (const [name, entry] of Object.entries(document.entries)) {
    try {
      expandEntry(name, entry, env);
      entries.push([name, entry]);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      leftOut.push([name, error.message]);
    }
  }
  return {
    ...document,
    entries: Object.fromEntries(entries),
    leftOut: Object.fromEntries(leftOut),
  };
}
