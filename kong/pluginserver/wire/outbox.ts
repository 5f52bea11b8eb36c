import type { Socket } from 'node:net';
import { encodeFrames } from './frames.js';

/**
 * Frames on their way to Kong. What is added in one turn of the event loop leaves in one write:
 * each write wakes nginx's worker once, and that is what an event costs.
 */
export class Outbox {
  readonly #socket: Socket;
  #payloads: Uint8Array[] = [];
  #finishing = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  add(...payloads: readonly Uint8Array[]): void {
    if (this.#payloads.length === 0) setImmediate(() => this.#flush());
    this.#payloads.push(...payloads);
  }

  /** Sends what waits, then tells Kong that nothing more will come. */
  finish(): void {
    this.#finishing = true;
    if (this.#payloads.length === 0) this.#socket.end();
  }

  #flush(): void {
    const payloads = this.#payloads;
    this.#payloads = [];
    if (this.#socket.destroyed) return;
    this.#socket.write(encodeFrames(payloads));
    if (this.#finishing) this.#socket.end();
  }
}
