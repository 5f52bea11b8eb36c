import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { encodeFrames, FrameDecoder } from '../../../kong/pluginserver/wire/frames.js';

/** Reading failed as it would for Kong: `closed`, or the error's code. */
export class ReadError extends Error {}

/** One connection to a plugin server, read frame by frame. */
export class Wire {
  readonly socket: Socket;
  /** Chunks received: what the server wrote at once arrives at once. */
  chunks = 0;
  readonly #decoder = new FrameDecoder();
  readonly #frames: Buffer[] = [];
  #ended: string | undefined;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.chunks += 1;
      this.#decoder.push(chunk, (frame) => this.#frames.push(frame));
      this.#wake();
    });
    socket.on('end', () => this.#end('closed'));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? 'error'));
    socket.on('close', () => this.#end('closed'));
  }

  static async open(path: string): Promise<Wire> {
    const socket = connect({ path, allowHalfOpen: true });
    await once(socket, 'connect');
    return new Wire(socket);
  }

  /** False once the server has ended the connection. */
  get open(): boolean {
    return this.#ended === undefined;
  }

  /** The next frame. @throws ReadError */
  async read(): Promise<Buffer> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.#ended !== undefined) throw new ReadError(this.#ended);
      await new Promise<void>((wake) => (this.#wake = wake));
    }
  }

  /** Sends each payload as Kong does: length and bytes in two writes. */
  send(...payloads: readonly Uint8Array[]): void {
    for (const payload of payloads) {
      const frame = encodeFrames([payload]);
      this.socket.write(frame.subarray(0, 4));
      this.socket.write(frame.subarray(4));
    }
  }

  /** Resolves when the server has ended the connection. */
  async ended(): Promise<void> {
    while (this.#ended === undefined) await new Promise<void>((wake) => (this.#wake = wake));
  }

  destroy(): void {
    this.socket.destroy();
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    this.#wake();
  }
}
