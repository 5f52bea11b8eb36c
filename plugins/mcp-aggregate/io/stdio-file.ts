import { readFileSync } from 'node:fs';
import { ConfigError } from '../../../lib/errors/errors.js';
import type { McpServersDocument, StdioEntry } from '../../../lib/mcp-servers/entries.js';
import { parseMcpServers } from '../../../lib/mcp-servers/parse-document.js';
import { expandEntry } from '../../../lib/mcp-servers/variables.js';

/** Environment variable that names the operator's `mcpServers` file. */
const stdioFileVariable = 'KONG_MCP_STDIO_FILE';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The entry that a server's `stdio` names in the operator's file, variables expanded. Without that
 * file nothing is started: whoever may write Kong's configuration must not thereby run commands on
 * this machine (design D6).
 * @param field the configuration field that holds the name, for errors
 * @throws ConfigError naming that field, or the member of the file that is wrong
 */
export function readStdioEntry(field: string, name: string, env: Environment): StdioEntry {
  const path = env[stdioFileVariable];
  if (path === undefined || path === '') {
    throw new ConfigError(
      field,
      `child processes are off: set ${stdioFileVariable} to an mcpServers file in the environment of the plugin server`,
    );
  }
  const { entries, leftOut } = readDocument(field, path);
  if (!Object.hasOwn(entries, name)) {
    const reason = Object.hasOwn(leftOut, name) ? `: ${leftOut[name]}` : '';
    throw new ConfigError(field, `the file of ${stdioFileVariable} has no such entry${reason}`);
  }
  const entry = expandEntry(name, entries[name]!, env);
  if (entry.kind === 'stdio') return entry;
  throw new ConfigError(field, 'the entry has a url, not a command: configure it as a url server');
}

function readDocument(field: string, path: string): McpServersDocument {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ConfigError(field, `the file of ${stdioFileVariable} cannot be read (${code})`);
  }
  return parseMcpServers(text, { ofOperator: true });
}
