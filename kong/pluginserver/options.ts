import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { LogLevel } from '../../lib/log.js';
import { readAddress, readHosts } from './operations/address.js';
import type { OperationsOptions } from './operations/address.js';
import { readPlayground } from './operations/read-playground.js';

/** How the server was asked to run. */
export interface ServerOptions {
  /** Absolute path. */
  readonly socket: string;
  /** Permission bits of the socket. */
  readonly socketMode: number;
  /** Processes that serve; where there are several, one more keeps them. */
  readonly workers: number;
  /** Absolute path of a socket that a worker of its own serves, with mcp-oauth alone. */
  readonly authSocket: string | undefined;
  readonly pluginsDirectory: string;
  readonly stdioFile: string | undefined;
  readonly logLevel: LogLevel;
  /** Milliseconds that one event may take. */
  readonly deadlineMs: number;
  /** Where operators look; absent leaves that out. */
  readonly operations: OperationsOptions | undefined;
}

/** The command line cannot be followed; the message says how it should look. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export const usage = `kong-mcp-pluginserver: hosts mcp-oauth and mcp-aggregate for Kong (ProtoBuf:1).

Usage: kong-mcp-pluginserver --socket PATH [options]

  --socket PATH             unix socket that kong.conf names in pluginserver_*_socket;
                            KONG_MCP_SOCKET does the same
  --socket-mode MODE        0600 (default): Kong runs as this user; 0660: Kong shares a group with it
  --workers auto|N          processes that serve the socket (default 1: this one alone), kept up by
                            one more that owns it; auto: one for each core that it may use;
                            KONG_MCP_WORKERS does the same
  --auth-socket PATH        unix socket that kong.conf names in pluginserver_mcp_oauth_socket alone: a
                            process of its own serves it, so that nothing that passes mcp-aggregate
                            can hold up authentication; KONG_MCP_AUTH_SOCKET does the same
  --plugins-directory PATH  folder whose every child is a plugin; default: those of this package
  --stdio-file PATH         mcpServers document with the commands that mcp-aggregate may run;
                            KONG_MCP_STDIO_FILE does the same
  KONG_MCP_KONG_URL         origin of Kong's proxy, through which servers by route are reached
                            (default http://127.0.0.1:8000)
  KONG_MCP_OPENAPI_DIR      folder of the OpenAPI documents that servers with openapi may name by file
                            (default: none, only documents in the configuration itself)
  KONG_MCP_PIN_DIR          folder of the lockfiles that servers with pin may name, and of what was seen
                            first (default: no lockfile by name; first use is kept beside the socket)
  KONG_MCP_SEALING_KEY      base64 keys, separated by commas, that seal session ids; the same on each
                            node (default: one in the file sealing.key beside the socket)
  KONG_MCP_SEALING_KEY_FILE a file with those keys, which child processes of another user cannot read
  KONG_MCP_PEER_ADDRESS     HOST:PORT by which the other nodes reach this one, worker k at PORT+k; needs
                            a sealing key that all share (default: none, no node leads to another)
  --event-deadline SECONDS  longest time a plugin may take for one request (default 10);
                            KONG_MCP_EVENT_DEADLINE does the same
  --operations ADDRESS      HOST:PORT of /status, /metrics, /health and /ready, or a port of 127.0.0.1;
                            KONG_MCP_OPERATIONS does the same; default: none
  --operations-hosts NAMES  names and addresses, separated by commas, by which that listener may be
                            called besides loopback ones; KONG_MCP_OPERATIONS_HOSTS does the same
  --playground ENDPOINTS    addresses of endpoints, separated by commas, whose tools a page beside the
                            console may call with its visitor's token; KONG_MCP_PLAYGROUND does the
                            same; default: no such page
  --playground-logins LIST  authorization servers that it may send its visitor to, separated by commas:
                            ISSUER [client_id=ID] [ORIGIN...]; KONG_MCP_PLAYGROUND_LOGINS does the same
  --refused-is-ready        stay ready while a plugin configuration is refused;
                            KONG_MCP_REFUSED_IS_READY=true does the same; default: /ready says 503
  --log-level LEVEL         debug, info (default), warn or error; lines go to stderr
  --help, --version
`;

const flags = {
  socket: { type: 'string' },
  'socket-mode': { type: 'string', default: '0600' },
  workers: { type: 'string' },
  'auth-socket': { type: 'string' },
  'plugins-directory': { type: 'string' },
  'stdio-file': { type: 'string' },
  'event-deadline': { type: 'string' },
  operations: { type: 'string' },
  'operations-hosts': { type: 'string' },
  playground: { type: 'string' },
  'playground-logins': { type: 'string' },
  'refused-is-ready': { type: 'boolean', default: false },
  'log-level': { type: 'string', default: 'info' },
  help: { type: 'boolean', default: false },
  version: { type: 'boolean', default: false },
} as const;

const modes = new Map([
  ['0600', 0o600],
  ['0660', 0o660],
]);

/** More serve nobody: each takes memory, and keeps state that others ask for. */
const mostWorkers = 128;

const levels: readonly string[] = ['debug', 'info', 'warn', 'error'];

function isLevel(text: string): text is LogLevel {
  return levels.includes(text);
}

function oneOf<T>(flag: string, value: T | undefined, allowed: string): T {
  if (value === undefined) throw new UsageError(`--${flag} must be ${allowed}`);
  return value;
}

function deadline(text: string): number | undefined {
  const seconds = Number(text);
  return text.trim() !== '' && seconds >= 0.1 && seconds <= 55 ? seconds * 1000 : undefined;
}

function workers(text: string): number | undefined {
  if (text === 'auto') return availableParallelism();
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= mostWorkers ? count : undefined;
}

function authSocket(socket: string, given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  const path = resolve(given);
  if (path === resolve(socket)) throw new UsageError('--auth-socket must be another than --socket');
  return path;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'unknown option');
  }
}

interface OperationsTexts {
  readonly address: string;
  readonly names: string;
  readonly playground: string;
  readonly logins: string;
  readonly refusedIsReady: boolean;
}

function readOperations(texts: OperationsTexts): OperationsOptions | undefined {
  const hosts = oneOf('operations-hosts', readHosts(texts.names), 'names separated by commas');
  if (texts.address === '') {
    if (texts.playground !== '') throw new UsageError('--playground needs --operations');
    return undefined;
  }
  const where = oneOf('operations', readAddress(texts.address), 'HOST:PORT or a port');
  const options = { ...where, hosts, refusedIsReady: texts.refusedIsReady };
  if (texts.playground === '') {
    if (texts.logins !== '') throw new UsageError('--playground-logins needs --playground');
    return options;
  }
  const form =
    'addresses of https or of this machine, and --playground-logins ISSUER [client_id=ID] [ORIGIN...]';
  const playground = oneOf('playground', readPlayground(texts.playground, texts.logins), form);
  return { ...options, playground };
}

/**
 * Reads the command line and, for what it leaves out, the environment.
 * @throws UsageError
 */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ServerOptions | 'help' | 'version' {
  const values = parse(args);
  if (values.help) return 'help';
  if (values.version) return 'version';
  const socket = values.socket ?? environment['KONG_MCP_SOCKET'] ?? '';
  if (socket === '') throw new UsageError('--socket PATH or KONG_MCP_SOCKET is needed');
  const level = values['log-level'];
  const seconds = values['event-deadline'] ?? environment['KONG_MCP_EVENT_DEADLINE'] ?? '10';
  return {
    socket: resolve(socket),
    socketMode: oneOf('socket-mode', modes.get(values['socket-mode']), '0600 or 0660'),
    workers: oneOf(
      'workers',
      workers(values.workers ?? environment['KONG_MCP_WORKERS'] ?? '1'),
      `auto or a number from 1 to ${mostWorkers}`,
    ),
    authSocket: authSocket(socket, values['auth-socket'] ?? environment['KONG_MCP_AUTH_SOCKET']),
    pluginsDirectory:
      values['plugins-directory'] ?? fileURLToPath(new URL('../../plugins', import.meta.url)),
    stdioFile: values['stdio-file'],
    logLevel: oneOf('log-level', isLevel(level) ? level : undefined, levels.join(', ')),
    // Kong itself gives up after 60 s; an answer must come before that.
    deadlineMs: oneOf('event-deadline', deadline(seconds), 'a number of seconds from 0.1 to 55'),
    operations: readOperations({
      address: values.operations ?? environment['KONG_MCP_OPERATIONS'] ?? '',
      names: values['operations-hosts'] ?? environment['KONG_MCP_OPERATIONS_HOSTS'] ?? '',
      playground: values.playground ?? environment['KONG_MCP_PLAYGROUND'] ?? '',
      logins: values['playground-logins'] ?? environment['KONG_MCP_PLAYGROUND_LOGINS'] ?? '',
      refusedIsReady:
        values['refused-is-ready'] || environment['KONG_MCP_REFUSED_IS_READY'] === 'true',
    }),
  };
}
