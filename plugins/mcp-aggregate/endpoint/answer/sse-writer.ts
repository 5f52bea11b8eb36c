import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { frameBytes } from './frames.js';
import type { Frame } from './frames.js';
import { Pace } from '../listening/pace.js';
import { sliceBytes, writeSlices } from './write-slices.js';

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
  /** Set while a large message goes out slice by slice: all others wait for it. */
  #going: Promise<void> | undefined;
  /** Bytes of messages that wait, or go out in slices. */
  #waiting = 0;

  constructor(response: ServerResponse, heartbeatMs: number) {
    this.#response = response;
    this.#heartbeatMs = heartbeatMs;
  }

  get started(): boolean {
    return this.#timer !== undefined;
  }

  /** Bytes that the client has not taken in. */
  get unread(): number {
    return this.#response.writableLength + this.#waiting;
  }

  /** Sends the head of the response, once. */
  start(headers: OutgoingHttpHeaders): void {
    if (this.started || this.#response.destroyed || this.#response.headersSent) return;
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
    const bytes = frameBytes(frame);
    if (this.#going !== undefined || bytes > sliceBytes) return this.#sendLater(frame, bytes, id);
    if (!this.#sendNow(frame, id)) await new Pace(this.#response).drained();
  }

  /** Whether there is room for more. */
  #sendNow(frame: Frame, id: string | undefined): boolean {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return true;
    response.cork();
    if (id !== undefined) response.write(`id: ${id}\n`);
    response.write(head);
    for (const piece of frame) response.write(oneLine(piece));
    const room = response.write(tail);
    response.uncork();
    return room;
  }

  async #sendLater(frame: Frame, bytes: number, id: string | undefined): Promise<void> {
    const before = this.#going;
    this.#waiting += bytes;
    const going = (async () => {
      await before;
      this.#waiting -= bytes;
      if (bytes <= sliceBytes) return void this.#sendNow(frame, id);
      await this.#sendSlices(frame, id);
    })();
    this.#going = going;
    await going;
    if (this.#going === going) this.#going = undefined;
  }

  async #sendSlices(frame: Frame, id: string | undefined): Promise<void> {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    let left = frameBytes(frame);
    this.#waiting += left;
    response.write(Buffer.concat([Buffer.from(id === undefined ? '' : `id: ${id}\n`), head]));
    await writeSlices(response, frame, (slice) => {
      left -= slice.length;
      this.#waiting -= slice.length;
      return oneLine(slice);
    });
    this.#waiting -= left;
    if (!response.destroyed) response.write(tail);
  }

  async end(frame: Frame): Promise<void> {
    await this.send(frame);
    this.close();
  }

  /** Ends the stream after what has been sent. */
  close(): void {
    this.stop();
    if (this.#going === undefined) this.#response.end();
    else void this.#going.then(() => this.close());
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
    if (this.#going === undefined && !this.#response.writableNeedDrain)
      this.#response.write(heartbeat);
  }
}

/** Line ends in JSON are whitespace between its tokens, but would break an event apart. */
function oneLine(piece: Buffer): Buffer {
  if (!piece.includes(lineFeed) && !piece.includes(carriageReturn)) return piece;
  return Buffer.from(piece).map((byte) =>
    byte === lineFeed || byte === carriageReturn ? 0x20 : byte,
  ) as Buffer;
}
