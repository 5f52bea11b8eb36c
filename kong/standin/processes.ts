import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { serverLog } from './server-log.js';
import type { PluginServer, Settings } from './settings.js';

/** A plugin server that the gateway starts, and starts again when it ends. */
export class ManagedProcess {
  readonly #server: PluginServer;
  readonly #environment: Settings['environment'];
  #child: ChildProcess | undefined;
  #stopped = false;

  constructor(server: PluginServer, environment: Settings['environment']) {
    this.#server = server;
    this.#environment = environment;
    this.#start();
  }

  stop(): void {
    this.#stopped = true;
    this.#child?.kill('SIGTERM');
  }

  /** A process that lived for a second is replaced at once, any other once a second. */
  #start(): void {
    if (this.#stopped) return;
    const { name, startCommand } = this.#server;
    const startedAt = Date.now();
    serverLog('notice', `[pluginserver] starting pluginserver process for ${name}`);
    const child = spawn('/bin/sh', ['-c', `exec ${startCommand}`], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    serverLog('notice', `[pluginserver] started, pid ${child.pid}`);
    for (const stream of [child.stdout, child.stderr]) {
      const lines = createInterface({ input: stream });
      lines.on('line', (line) => serverLog('info', `[${name}:${child.pid}] ${line}`));
    }
    child.once('close', (code, signal) => {
      serverLog(
        'notice',
        `external pluginserver '${name}' terminated: ${signal ?? `exit ${code}`}`,
      );
      setTimeout(() => this.#start(), Math.max(0, startedAt + 1000 - Date.now()));
    });
  }
}
