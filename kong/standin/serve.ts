import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { resolve } from 'node:path';
import { Gateway } from './gateway.js';
import { ManagedProcess } from './processes.js';
import { serverLog } from './server-log.js';
import type { Settings } from './settings.js';

interface Generation {
  readonly gateway: Gateway;
  readonly processes: readonly ManagedProcess[];
}

function begin(prefix: string): { settings: Settings; generation: Generation } {
  const text = readFileSync(resolve(prefix, '.kong_env'), 'utf8');
  const settings = JSON.parse(text) as Settings;
  const gateway = new Gateway(settings, process.env);
  const managed = settings.pluginServers.filter(({ startCommand }) => startCommand !== undefined);
  const processes = managed.map((server) => new ManagedProcess(server, settings.environment));
  serverLog('notice', `declarative config loaded from ${settings.declarative}`);
  return { settings, generation: { gateway, processes } };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((done, failed) => {
    server.once('error', ({ message }) =>
      failed(new Error(`bind() to ${host}:${port} failed: ${message}`)),
    );
    server.listen(port, host, done);
  });
}

/** Serves what `PREFIX/.kong_env` says until a signal ends it; SIGHUP reads it anew. */
export async function serve(prefix: string): Promise<void> {
  const first = begin(prefix);
  let current = first.generation;
  const stop = (): void => {
    for (const managed of current.processes) managed.stop();
  };
  process.on('exit', stop);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)
    process.on(signal, () => process.exit(0));
  process.on('SIGHUP', () => {
    const old = current;
    try {
      current = begin(prefix).generation;
    } catch (error) {
      return serverLog('error', `reload failed: ${(error as Error).message}`);
    }
    void old.gateway.drained().then(() => {
      for (const managed of old.processes) managed.stop();
    });
  });
  for (const { host, port } of first.settings.listen) {
    const server = createServer({
      keepAliveTimeout: 75_000,
      maxHeaderSize: 32_768,
      requestTimeout: 0,
    });
    server.on('request', (request, response) => void current.gateway.handle(request, response));
    await listen(server, host, port);
  }
  writeFileSync(resolve(prefix, 'pids/nginx.pid'), `${process.pid}\n`);
  process.send?.('ready');
}
