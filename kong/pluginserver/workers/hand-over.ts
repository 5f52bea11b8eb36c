import type { Socket } from 'node:net';
import { log } from '../../../lib/log.js';
import { encodeFrames } from '../wire/frames.js';
import type { Slot } from './slot.js';

/** Connections that may wait for a worker; Kong opens one per event under load. */
const mostWaiting = 4_096;
const lingerMs = 1_000;

/** Hands Kong's connections to live workers in turn. */
export class HandOver {
  readonly #slots: readonly Slot[];
  readonly #boundMs: number;
  readonly #waiting = new Map<Socket, NodeJS.Timeout>();
  #turn = 0;

  /** @param boundMs how long a connection waits while no worker lives */
  constructor(slots: readonly Slot[], boundMs: number) {
    this.#slots = slots;
    this.#boundMs = boundMs;
  }

  /** Hands a connection over, or keeps it until a worker lives. */
  take(socket: Socket): void {
    const slot = this.#choose();
    if (slot !== undefined) return slot.give(socket);
    socket.on('error', (error) => log('debug', 'connection_error', { error: error.message }));
    if (this.#waiting.size >= mostWaiting) return void refuse(socket);
    this.#waiting.set(
      socket,
      setTimeout(() => {
        this.#waiting.delete(socket);
        void refuse(socket);
      }, this.#boundMs),
    );
  }

  /** A worker lives: nobody waits any longer. */
  flush(): void {
    for (const [socket, timer] of this.#waiting) {
      const slot = this.#choose();
      if (slot === undefined) return;
      clearTimeout(timer);
      this.#waiting.delete(socket);
      slot.give(socket);
    }
  }

  /** Refuses those who wait. */
  async end(): Promise<void> {
    const sockets = [...this.#waiting.keys()];
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    await Promise.all(sockets.map(refuse));
  }

  /** The next in turn, past those that do not even take what they were given. */
  #choose(): Slot | undefined {
    const inTurn = [...this.#slots.slice(this.#turn), ...this.#slots.slice(0, this.#turn)];
    const live = inTurn.filter((slot) => slot.live);
    const least = Math.min(...live.map(({ owed }) => owed));
    const chosen = live.find(({ owed }) => owed === least);
    if (chosen !== undefined) this.#turn = this.#slots.indexOf(chosen) + 1;
    return chosen;
  }
}

/**
 * Ends the request with 500. Closing would make Kong try again at once, and for as long as nobody
 * serves.
 */
async function refuse(socket: Socket): Promise<void> {
  // What this needs is not loaded before: a primary is small.
  const { failureFrames, logFailure } = await import('../instances/failure.js');
  const requestId = logFailure('no_worker', new Error('no worker lives'));
  socket.resume();
  socket.end(encodeFrames(failureFrames(requestId)));
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}
