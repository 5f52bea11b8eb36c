import { afterAll, beforeAll } from 'vitest';
import { KongWorker } from './kong-worker.js';
import { pluginsDirectory } from './plugins-directory.js';
import type { PluginsDirectory } from './plugins-directory.js';
import { ServerProcess, socketFolder } from './server-process.js';

/** What the tests of one file share. */
export interface ServerRig {
  readonly folder: string;
  readonly plugins: PluginsDirectory;
  /** The server's socket. */
  readonly path: string;
  /** The running server and a worker that speaks to it; there from `beforeAll` on. */
  readonly server: ServerProcess;
  readonly kong: KongWorker;
}

/** A plugin server with these fixture plugins, from the first test of a file to the last. */
export function serverRig(names: readonly string[], ...args: readonly string[]): ServerRig {
  const folder = socketFolder();
  const plugins = pluginsDirectory(names);
  const path = `${folder.path}/kong.sock`;
  const kong = new KongWorker(path);
  let server: ServerProcess | undefined;
  beforeAll(async () => {
    server = await ServerProcess.listening(path, plugins.path, ...args);
  });
  afterAll(async () => {
    kong.close();
    await server?.stop();
    folder.remove();
    plugins.remove();
  });
  return {
    folder: folder.path,
    plugins,
    path,
    kong,
    get server() {
      if (server === undefined) throw new Error('the server is started by beforeAll');
      return server;
    },
  };
}
