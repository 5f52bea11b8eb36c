import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { adminServer } from './admin.js';
import { Gateway } from './gateway.js';
import { keepRunning } from './external/managed-process.js';
import { serverLog } from './server-log.js';
import type { Settings } from './settings.js';

/** Serves what the prefix's `.kong_env` says until a signal ends it; SIGHUP reads it anew. */
export async function serve(prefix: string): Promise<void> {
  const begin = (): { settings: Settings; gateway: Gateway; stop: () => void } => {
    const settings = JSON.parse(readFileSync(`${prefix}/.kong_env`, 'utf8')) as Settings;
    const gateway = new Gateway(settings);
    const managed = settings.pluginServers.filter(({ startCommand }) => startCommand !== '');
    const stops = managed.map((server) => keepRunning(server, settings));
    return { settings, gateway, stop: () => stops.forEach((stop) => stop()) };
  };
  let current = begin();
  const end = (): never => {
    current.stop();
    process.exit(0);
  };
  process.on('SIGTERM', end).on('SIGINT', end).on('SIGQUIT', end);
  process.on('SIGHUP', () => {
    const { gateway, stop } = current;
    try {
      current = begin();
      void gateway.drained().then(stop);
    } catch (error) {
      serverLog('error', `reload failed: ${(error as Error).message}`);
    }
  });
  const replace = (yaml: string): void => {
    const { settings, stop } = current;
    // Processes that it manages outlive a configuration.
    current = { settings, gateway: new Gateway(settings, yaml), stop };
  };
  for (const { host, port } of current.settings.adminListen) {
    await listening(adminServer({ gateway: () => current.gateway, replace }), host, port);
  }
  for (const { host, port } of current.settings.listen) {
    // nginx's own times; a slow upload is the upstream's affair.
    const server = createServer({
      keepAliveTimeout: 75_000,
      maxHeaderSize: 32_768,
      requestTimeout: 0,
    });
    server.on('request', (request, response) => {
      current.gateway.handle(request, response).catch((error: unknown) => {
        serverLog('error', `request failed: ${(error as Error).message}`);
        response.destroy();
      });
    });
    await listening(server, host, port);
  }
  writeFileSync(`${prefix}/pids/nginx.pid`, `${process.pid}\n`);
  process.send?.('ready');
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) => reject(new Error(`cannot listen: ${message}`)));
    server.listen(port, host, resolve);
  });
}
