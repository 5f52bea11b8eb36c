#!/usr/bin/env node
import { log, setLogLevel } from '../../lib/log.js';
import { version } from '../../lib/version.js';
import { visible } from '../../lib/visible.js';
import { readOptions, usage, UsageError } from './options.js';
import type { ServerOptions } from './options.js';
import { closeInheritedDescriptors } from './process/inherited-descriptors.js';
import { keepOutputPlain } from './process/plain-output.js';
import { explain, failClosed, stopOnSignals } from './process/serving.js';
import type { Host } from './process/serving.js';
import { startSmall } from './process/small-start.js';

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
  const stop = stopOnSignals(() => starting);
  const starting = start(options, () => {
    log('error', 'socket_lost', { socket: options.socket });
    stop(1);
  });
  await starting;
}

/** Loads what the way of serving needs and no more: a primary is small. */
async function start(options: ServerOptions, onLost: () => void): Promise<Host> {
  if (options.workers === 1 && options.authSocket === undefined) {
    return startSmall(async () => (await import('./host.js')).startHost(options, onLost));
  }
  return (await import('./workers/primary.js')).startPrimary(options, onLost);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') process.stdout.write(usage);
  else if (options === 'version') process.stdout.write(`${version}\n`);
  else await serve(options);
}

function said(error: unknown): string {
  return error instanceof UsageError ? `${error.message}\nTry --help.` : explain(error);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`kong-mcp-pluginserver: ${visible(said(error))}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
