import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { encodeFrames, FrameDecoder } from '../pluginserver/wire/frames.js';

/** The peer ended the connection; Kong takes that for a lost instance. */
export class ClosedError extends Error {}

const timeoutMs = 60_000;

/** A connection to a plugin server, read frame by frame. */
export class Connection {
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder();
  readonly #frames: Buffer[] = [];
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      try {
        this.#decoder.push(chunk, (frame) => this.#frames.push(frame));
        this.#wake?.();
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new ClosedError('closed')));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('timeout')));
  }

  static async open(path: string): Promise<Connection> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    return new Connection(socket);
  }

  get usable(): boolean {
    return this.#failure === undefined && this.#frames.length === 0;
  }

  send(payload: Uint8Array): void {
    this.#socket.write(encodeFrames([payload]));
  }

  /** The next frame. @throws ClosedError when the peer closed, the socket's error when it broke */
  async receive(): Promise<Buffer> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }
}
