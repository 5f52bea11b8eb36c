import { log } from '../../lib/log.js';
import { Connections } from './connections.js';
import { loadHosted, shutDown } from './hosted.js';
import { startOperations } from './operations/operations.js';
import { watchEventLoop } from './operations/watchdog.js';
import type { ServerOptions } from './options.js';
import { Door } from './process/door.js';
import type { Host } from './process/serving.js';
import { checkSocketPath } from './process/socket-path.js';
import { startTelemetry } from './telemetry/telemetry.js';

/**
 * Serves with this process alone: loads the plugins, waits until they are ready and listens.
 * @param onLost called when nobody can reach the server any more
 * @throws PluginLoadError, SocketPathError, UsageError, whatever a plugin's `ready` rejects with
 */
export async function startHost(options: ServerOptions, onLost: () => void): Promise<Host> {
  checkSocketPath(options.socket);
  const telemetry = await startTelemetry();
  const { plugins, refusals, instances, kong } = await loadHosted(options.pluginsDirectory);
  const { socket: path, socketMode: mode, deadlineMs } = options;
  const operations = await startOperations(
    options.operations,
    plugins,
    refusals,
    telemetry.metrics,
  );
  const connections = new Connections({ plugins, instances, kong, deadlineMs });
  const onReplaced = (): void => {
    operations.close();
    connections.drain();
  };
  const onSocket = connections.add.bind(connections);
  const door = new Door({ path, mode, onSocket, onLost, onReplaced });
  const bound = await door.open();
  operations.serving();
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
      // Who has connected by now is still served one call; nobody else can connect.
      await door.shut();
      await connections.end(deadlineMs + 1000);
      await shutDown(plugins);
      await telemetry.stop();
      operations.close();
      unwatch();
    },
  };
}
