import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Frame } from './frames.js';

const head = Buffer.from('event: message\ndata: ');
const tail = Buffer.from('\n\n');
const heartbeat = ': \n\n';
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** An event stream that begins when it is first needed and keeps itself alive. */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #heartbeatMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, heartbeatMs: number) {
    this.#response = response;
    this.#heartbeatMs = heartbeatMs;
  }

  get started(): boolean {
    return this.#timer !== undefined;
  }

  /** Bytes that the client has not taken in. */
  get unread(): number {
    return this.#response.writableLength;
  }

  /** Sends the head of the response, once. */
  start(headers: OutgoingHttpHeaders): void {
    if (this.started || this.#response.destroyed) return;
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      ...headers,
    });
    this.#response.flushHeaders();
    this.#timer = setInterval(() => this.#beat(), this.#heartbeatMs);
    this.#timer.unref();
  }

  /** Says when to come back, and from where (requirement H38). */
  prime(retryMs: number, id: string | undefined): void {
    if (this.#response.destroyed) return;
    const event = id === undefined ? '' : `id: ${id}\ndata: \n`;
    this.#response.write(`retry: ${retryMs}\n${event}\n`);
  }

  /** Sends one message; resolves when the client has room for more, or is gone. */
  async send(frame: Frame, id?: string): Promise<void> {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    response.cork();
    if (id !== undefined) response.write(`id: ${id}\n`);
    response.write(head);
    for (const piece of frame) response.write(oneLine(piece));
    const room = response.write(tail);
    response.uncork();
    if (!room) await drained(response);
  }

  async end(frame: Frame): Promise<void> {
    await this.send(frame);
    this.close();
  }

  /** Ends the stream after what has been sent. */
  close(): void {
    this.stop();
    this.#response.end();
  }

  /** Breaks the connection off. */
  abandon(): void {
    this.stop();
    this.#response.destroy();
  }

  /** Calls the listener once: the stream has ended with all of it sent, or the client is gone. */
  onClose(listener: (complete: boolean) => void): void {
    const response = this.#response;
    let told = false;
    const once = () => {
      if (told) return;
      told = true;
      this.stop();
      listener(response.writableFinished);
    };
    response.once('finish', once);
    response.once('close', once);
    if (response.destroyed) once();
  }

  /** Stops the heartbeat. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (!this.#response.writableNeedDrain) this.#response.write(heartbeat);
  }
}

/** Line ends in JSON are whitespace between its tokens, but would break an event apart. */
function oneLine(piece: Buffer): Buffer {
  if (!piece.includes(lineFeed) && !piece.includes(carriageReturn)) return piece;
  return Buffer.from(piece).map((byte) =>
    byte === lineFeed || byte === carriageReturn ? 0x20 : byte,
  ) as Buffer;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
    if (response.destroyed) done();
  });
}
