#!/usr/bin/env node
import { ConfigError } from '../../lib/errors.js';
import { log, setLogLevel } from '../../lib/log.js';
import { version } from '../../lib/version.js';
import { errorDetail } from './instances/failure.js';
import { startHost } from './host.js';
import { closeInheritedDescriptors } from './process/inherited-descriptors.js';
import type { Host } from './host.js';
import { PluginLoadError } from './instances/load-plugins.js';
import { readOptions, usage, UsageError } from './options.js';
import type { ServerOptions } from './options.js';
import { EventOverError } from './pdk/pdk-calls.js';
import { keepOutputPlain } from './process/plain-output.js';
import { visible } from '../../lib/visible.js';
import { SocketPathError } from './process/socket-path.js';

function fatal(event: string, error: unknown): never {
  log('error', event, { error: errorDetail(error) });
  process.exit(1);
}

/** A state nobody foresaw must not serve on: Kong answers 500 until the process is back. */
function failClosed(): void {
  process.on('uncaughtException', (error) => fatal('uncaught_exception', error));
  process.on('unhandledRejection', (reason) => {
    // A client that leaves early must not end the process, whatever a plugin did not wait for.
    if (!(reason instanceof EventOverError)) fatal('unhandled_rejection', reason);
    log('debug', 'call_not_awaited', { error: reason.message });
  });
}

async function serve(options: ServerOptions): Promise<void> {
  setLogLevel(options.logLevel);
  failClosed();
  // Whatever this process creates, the socket included, is private until it is opened on purpose.
  process.umask(0o077);
  keepOutputPlain();
  const closed = closeInheritedDescriptors();
  if (closed > 0) log('info', 'inherited_descriptors_closed', { count: closed });
  // Plugins keep what outlives this process, such as the sealing key, beside the socket.
  process.env['KONG_MCP_SOCKET'] = options.socket;
  if (options.stdioFile !== undefined) process.env['KONG_MCP_STDIO_FILE'] = options.stdioFile;
  const starting = startHost(options, () => {
    log('error', 'socket_lost', { socket: options.socket });
    stop(1);
  });
  let stopping = false;
  const stop = (code: number): void => {
    if (stopping) process.exit(1);
    stopping = true;
    void starting.then((host) => end(host, code));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(0));
  await starting;
}

async function end(host: Host, code: number): Promise<never> {
  await host.stop();
  log('info', 'stopped');
  process.exit(code);
}

function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\nTry --help.`;
  const expected =
    error instanceof PluginLoadError ||
    error instanceof SocketPathError ||
    error instanceof ConfigError;
  if (!expected) return errorDetail(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') process.stdout.write(usage);
  else if (options === 'version') process.stdout.write(`${version}\n`);
  else await serve(options);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`kong-mcp-pluginserver: ${visible(explain(error))}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
