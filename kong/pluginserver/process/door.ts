import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { log } from '../../../lib/log.js';
import { listenAt } from './socket-path.js';
import type { BoundSocket } from './socket-path.js';

export interface DoorOptions {
  readonly path: string;
  /** Permission bits of the socket. */
  readonly mode: number;
  /** Connections are not read, so that another process can be given them whole. */
  readonly unread?: boolean;
  readonly onSocket: (socket: Socket) => void;
  /** The socket is gone and nobody took its place: Kong cannot reach this process any more. */
  readonly onLost: () => void;
  /** A successor has taken the path, and this door is shut. */
  readonly onReplaced: () => void;
}

/** How often it is looked whose socket is at the path. */
const watchMs = 250;

/** The listening socket that Kong knows. */
export class Door {
  readonly #options: DoorOptions;
  readonly #server: Server;
  #bound: BoundSocket | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#server = createServer({ pauseOnConnect: options.unread ?? false }, options.onSocket);
  }

  /**
   * Listens at the path, from here on instead of any predecessor.
   * @throws SocketPathError
   */
  async open(): Promise<BoundSocket> {
    const { path, mode } = this.#options;
    this.#bound = await listenAt(this.#server, path, mode);
    this.#server.on('error', (error) => log('error', 'accept_failed', { error: error.message }));
    this.#watch = setInterval(() => this.#look(), watchMs);
    this.#watch.unref();
    return this.#bound;
  }

  /** Takes no more connections, but those of whom has connected by now; frees the path. */
  async shut(): Promise<void> {
    clearInterval(this.#watch);
    this.#bound?.release();
    await setImmediate();
    await setImmediate();
    this.#server.close();
  }

  /**
   * After a successor has taken the path, Kong must leave this server: a request whose two plugins
   * ran in two servers would find its handle unknown, where that is held in memory.
   */
  #look(): void {
    const owner = this.#bound?.owner();
    if (owner === 'ours') return;
    clearInterval(this.#watch);
    if (owner === 'nobody') return this.#options.onLost();
    log('info', 'socket_taken_over');
    void this.shut().then(() => this.#options.onReplaced());
  }
}
