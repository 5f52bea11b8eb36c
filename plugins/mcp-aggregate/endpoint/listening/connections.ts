import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { counted } from '../../../../lib/held/counts.js';
import { log } from '../../../../lib/log.js';

export interface ConnectionBounds {
  /** Connections that are served; requests on further ones are answered 503. */
  readonly most: number;
  /** Further ones that are answered; beyond them connections are closed at once. */
  readonly refused: number;
  /** How long a new connection may say nothing, in milliseconds. */
  readonly firstByteMs: number;
}

/** Kong needs one for each request under way and each open stream. */
export const defaultConnectionBounds: ConnectionBounds = {
  most: counted.connections.most,
  refused: 256,
  firstByteMs: counted.connections.ms,
};

/**
 * The connections of a listener. Its one honest peer is Kong, which connects when it has a request
 * to send: who says nothing is not Kong.
 */
export class Connections {
  readonly #bounds: ConnectionBounds;
  readonly #tooMany = new WeakSet<Socket>();
  /** Those that have said nothing so far, by when they came. */
  readonly #silent = new Map<Socket, number>();
  #size = 0;
  #told = false;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(server: Server, bounds = defaultConnectionBounds) {
    this.#bounds = bounds;
    server.maxConnections = bounds.most + bounds.refused;
    server.on('connection', (socket) => this.#add(socket));
    server.on('drop', () => this.#tell());
  }

  get size(): number {
    return this.#size;
  }

  /** Whether a connection is one too many, so that its requests are not served. */
  isTooMany(socket: Socket): boolean {
    return this.#tooMany.has(socket);
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  #add(socket: Socket): void {
    this.#size += 1;
    if (this.#size > this.#bounds.most) {
      this.#tooMany.add(socket);
      this.#tell();
    } else this.#told = false;
    this.#silent.set(socket, performance.now());
    this.#sweeper ??= setInterval(() => this.#sweep(), this.#bounds.firstByteMs / 4).unref();
    socket.once('close', () => {
      this.#size -= 1;
      this.#silent.delete(socket);
    });
  }

  #sweep(): void {
    const since = performance.now() - this.#bounds.firstByteMs;
    for (const [socket, cameAt] of this.#silent) {
      if (socket.bytesRead > 0) this.#silent.delete(socket);
      else if (cameAt <= since) socket.destroy();
    }
    if (this.#silent.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #tell(): void {
    if (!this.#told) log('warn', 'aggregator_full', { connections: this.#bounds.most });
    this.#told = true;
  }
}
