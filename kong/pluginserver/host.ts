import { setTimeout } from 'node:timers/promises';
import { log } from '../../lib/log.js';
import { errorDetail } from './instances/failure.js';
import { Instances } from './instances/instances.js';
import { loadKongPdk } from './pdk/kong-pdk.js';
import { kongObjects } from './pdk/kong-object.js';
import { loadPlugins } from './instances/load-plugins.js';
import type { Plugins } from './instances/load-plugins.js';
import { startOperations } from './operations/operations.js';
import { watchEventLoop } from './operations/watchdog.js';
import type { ServerOptions } from './options.js';
import { Refusals } from './refused/refusals.js';
import { PluginServer } from './server.js';
import { checkSocketPath } from './process/socket-path.js';

/** How long plugins may take to end their streams, in milliseconds. */
const shutdownMs = 10_000;
const retireEveryMs = 60_000;

/** A running server. */
export interface Host {
  /** Ends accepting, then events, then the plugins' streams; each within its bound. */
  stop(): Promise<void>;
}

async function shutDown(plugins: Plugins): Promise<void> {
  const ended = Promise.allSettled([...plugins.values()].map((plugin) => plugin.shutdown()));
  const results = await Promise.race([ended, setTimeout(shutdownMs, undefined, { ref: false })]);
  if (results === undefined) return log('warn', 'shutdown_bound_reached');
  for (const result of results) {
    if (result.status === 'rejected') {
      log('error', 'shutdown_failed', { error: errorDetail(result.reason) });
    }
  }
}

/**
 * Loads the plugins, waits until they are ready and listens.
 * @param onLost called when nobody can reach the server any more
 * @throws PluginLoadError, SocketPathError, UsageError, whatever a plugin's `ready` rejects with
 */
export async function startHost(options: ServerOptions, onLost: () => void): Promise<Host> {
  checkSocketPath(options.socket);
  const pdk = loadKongPdk();
  const plugins = await loadPlugins(pdk, options.pluginsDirectory);
  await Promise.all([...plugins.values()].map((plugin) => plugin.ready()));
  const refusals = new Refusals();
  const instances = new Instances({
    plugins,
    refusals,
    onCloseError: (plugin, error) =>
      log('error', 'instance_close_failed', { plugin, error: errorDetail(error) }),
  });
  const { socket: path, socketMode: mode, deadlineMs } = options;
  const operations = await startOperations(options.operations, plugins, refusals);
  const onReplaced = () => operations.close();
  const kong = kongObjects(pdk.PDK);
  const how = { plugins, instances, kong, path, mode, deadlineMs, onLost, onReplaced };
  const server = new PluginServer(how);
  const bound = await server.listen();
  operations.serving();
  setInterval(() => instances.retireIdle(), retireEveryMs).unref();
  const unwatch = watchEventLoop();
  for (const warning of bound.warnings) log('warn', 'socket_exposed', { warning });
  log('info', 'listening', {
    socket: bound.path,
    plugins: [...plugins.keys()],
    rss_mb: Math.round(process.memoryUsage.rss() / 1_000_000),
  });
  return {
    stop: async () => {
      operations.stopping();
      await server.stop(deadlineMs + 1000);
      await shutDown(plugins);
      operations.close();
      unwatch();
    },
  };
}
