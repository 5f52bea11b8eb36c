import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { serverLog } from '../server-log.js';
import type { PluginServer, Settings } from '../settings.js';

/**
 * Starts a plugin server, and again whenever it ends: at once when it lived for a second, else once
 * a second. Its output goes to the error log. Answers how to stop it.
 */
export function keepRunning(server: PluginServer, { environment: env }: Settings): () => void {
  const { name, startCommand } = server;
  let stopped = false;
  let stop = (): void => undefined;
  const start = (): void => {
    if (stopped) return;
    const earliest = Date.now() + 1000;
    const child = spawn('/bin/sh', ['-c', `exec ${startCommand}`], { env });
    serverLog('notice', `[pluginserver] started, pid ${child.pid}`);
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) =>
        serverLog('info', `[${name}:${child.pid}] ${line}`),
      );
    }
    stop = () => void child.kill('SIGTERM');
    child.once('close', (code, signal) => {
      serverLog('notice', `external pluginserver '${name}' terminated: ${signal ?? code}`);
      setTimeout(start, earliest - Date.now());
    });
  };
  start();
  return () => {
    stopped = true;
    stop();
  };
}
