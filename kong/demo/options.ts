import { parseArgs } from 'node:util';
import { ConfigError } from '../../lib/errors/errors.js';

export interface DemoOptions {
  readonly port: number;
  readonly authPort: number;
  /** An `mcpServers` document in place of the demo's servers: a file, or the text itself. */
  readonly source: { readonly file: string } | { readonly text: string } | undefined;
  /** Deadline of one call to a server of `source` whose entry says none, in milliseconds. */
  readonly timeoutMs: number | undefined;
}

export const demoHelp = `npm start -- [options]: the gateway with a demo login, on this machine only

  --port PORT          gateway (default 8000; or MCP_DEMO_PORT)
  --auth-port PORT     demo authorization server (default: 1000 above; or MCP_DEMO_AUTH_PORT)
  --mcp-config FILE    put the servers of this mcpServers document behind the endpoint
  --mcp-json STRING    the same, with the document as an argument
  --timeout SECONDS    how long one call may take, for servers of that document whose entry has no
                       timeout of its own (default 60)
  --help, --version
`;

const options = {
  port: { type: 'string' },
  'auth-port': { type: 'string' },
  'mcp-config': { type: 'string' },
  'mcp-json': { type: 'string' },
  timeout: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line, then the environment.
 * @throws ConfigError naming the option
 */
export function readDemoOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DemoOptions | 'help' | 'version' {
  const values = parse(args);
  if (values.help) return 'help';
  if (values.version) return 'version';
  const file = values['mcp-config'];
  const text = values['mcp-json'];
  if (file !== undefined && text !== undefined) {
    throw new ConfigError('--mcp-json', 'cannot be combined with --mcp-config');
  }
  const port = readPort('--port', values.port ?? env['MCP_DEMO_PORT'] ?? '8000');
  const beside = port + 1000 > 65_535 ? port - 1000 : port + 1000;
  const auth = values['auth-port'] ?? env['MCP_DEMO_AUTH_PORT'] ?? String(beside);
  const authPort = readPort('--auth-port', auth);
  if (authPort === port) throw new ConfigError('--auth-port', 'must differ from --port');
  const source = file === undefined ? (text === undefined ? undefined : { text }) : { file };
  if (values.timeout !== undefined && source === undefined) {
    throw new ConfigError('--timeout', 'goes with --mcp-config or --mcp-json');
  }
  return { port, authPort, source, timeoutMs: readTimeout(values.timeout) };
}

/** The bounds are those of `servers[].timeout`. */
function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && seconds >= 0.1 && seconds <= 3_600) {
    return Math.round(seconds * 1_000);
  }
  throw new ConfigError('--timeout', 'must be a number of seconds from 0.1 to 3600');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new ConfigError('npm start', error instanceof Error ? error.message : 'unknown option');
  }
}

function readPort(option: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new ConfigError(option, 'must be a port number from 1 to 65535');
}
