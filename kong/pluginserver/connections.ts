import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Connection } from './connection.js';
import type { ConnectionOptions } from './connection.js';

/** Kong's connections to this process. */
export class Connections {
  readonly #options: ConnectionOptions;
  readonly #all = new Set<Connection>();
  #draining = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  add(socket: Socket): void {
    const connection = new Connection(socket, this.#options);
    this.#all.add(connection);
    socket.once('close', () => this.#all.delete(connection));
    if (this.#draining) connection.drain();
  }

  /** Takes no more calls; those under way go on. */
  drain(): void {
    this.#draining = true;
    for (const connection of this.#all) connection.drain();
  }

  /** Takes no more calls, and waits for those under way, at most `boundMs`. */
  async end(boundMs: number): Promise<void> {
    this.drain();
    const end = Date.now() + boundMs;
    while (this.#busy() && Date.now() < end) await setTimeout(10);
  }

  #busy(): boolean {
    return [...this.#all].some((connection) => connection.busy);
  }
}
