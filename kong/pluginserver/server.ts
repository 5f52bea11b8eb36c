import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { log } from '../../lib/log.js';
import { Connection } from './connection.js';
import type { ConnectionOptions } from './connection.js';
import { listenAt } from './process/socket-path.js';
import type { BoundSocket } from './process/socket-path.js';

export interface PluginServerOptions extends ConnectionOptions {
  readonly path: string;
  /** Permission bits of the socket. */
  readonly mode: number;
  /** The socket is gone and nobody took its place: Kong cannot reach this process any more. */
  readonly onLost: () => void;
  /** A successor has taken the path. */
  readonly onReplaced?: () => void;
}

/** How often the server looks whose socket is at its path. */
const watchMs = 250;

/** The listening socket and its connections. */
export class PluginServer {
  readonly #options: PluginServerOptions;
  readonly #connections = new Set<Connection>();
  readonly #server: Server;
  #bound: BoundSocket | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: PluginServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /**
   * Listens at the path, from here on instead of any predecessor.
   * @throws SocketPathError
   */
  async listen(): Promise<BoundSocket> {
    const { path, mode } = this.#options;
    this.#bound = await listenAt(this.#server, path, mode);
    this.#server.on('error', (error) => log('error', 'accept_failed', { error: error.message }));
    this.#watch = setInterval(() => this.#look(), watchMs);
    this.#watch.unref();
    return this.#bound;
  }

  /** Takes no more connections and calls, and waits for running events, at most `boundMs`. */
  async stop(boundMs: number): Promise<void> {
    clearInterval(this.#watch);
    this.#bound?.release();
    await this.#drain();
    const end = Date.now() + boundMs;
    while (this.#busy() && Date.now() < end) await setTimeout(10);
  }

  #busy(): boolean {
    return [...this.#connections].some((connection) => connection.busy);
  }

  #accept(socket: Socket): void {
    const connection = new Connection(socket, this.#options);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  /** Who has connected by now is still served one call; nobody else can connect. */
  async #drain(): Promise<void> {
    await setImmediate();
    await setImmediate();
    this.#server.close();
    for (const connection of this.#connections) connection.drain();
  }

  /**
   * After a successor has taken the path, Kong must leave this process: a request whose two plugins
   * ran in two processes would find its handle unknown.
   */
  #look(): void {
    const owner = this.#bound?.owner();
    if (owner === 'ours') return;
    clearInterval(this.#watch);
    if (owner === 'nobody') return this.#options.onLost();
    log('info', 'socket_taken_over');
    this.#options.onReplaced?.();
    void this.#drain();
  }
}
