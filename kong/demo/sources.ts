import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { ConfigError } from '../../lib/errors.js';
import { expandVariables, parseMcpServers } from '../../lib/mcp-servers-document.js';
import { importServers } from '../cli/import-servers.js';
import type { ImportedServer, StdioFileEntry } from '../cli/import-servers.js';
import type { DemoOptions } from './options.js';

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
 * @throws ConfigError naming what is wrong
 */
export async function ownSources(
  source: NonNullable<DemoOptions['source']>,
  env: Environment,
  from: string,
): Promise<DemoSources> {
  const text = 'text' in source ? source.text : await read(resolve(from, source.file));
  const imported = importServers(parseMcpServers(text), env);
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
    servers: imported.servers,
    stdio: Object.fromEntries(stdio) as DemoSources['stdio'],
    variables: Object.fromEntries(variables) as Record<string, string>,
    warnings: imported.warnings,
  };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new ConfigError('--mcp-config', `${file} cannot be read`);
  }
}
