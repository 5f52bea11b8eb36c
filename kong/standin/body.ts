import { readFile, unlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';

/** The body is longer than `nginx_http_client_max_body_size`. */
export class BodyTooLargeError extends Error {}

export interface BodyLimits {
  /** Larger bodies go to a file, in bytes. */
  readonly buffer: number;
  /** In bytes; 0 for no limit. */
  readonly max: number;
  /** Folder of such files. */
  readonly folder: string;
}

let files = 0;

/** Reads a request body once, when somebody asks for it, into memory or a file. */
export class BodyReader {
  readonly #request: IncomingMessage;
  readonly #limits: BodyLimits;
  #read: Promise<Buffer | string> | undefined;

  constructor(request: IncomingMessage, limits: BodyLimits) {
    this.#request = request;
    this.#limits = limits;
  }

  /** The bytes, or the name of the file that holds them. @throws BodyTooLargeError */
  read(): Promise<Buffer | string> {
    return (this.#read ??= this.#collect());
  }

  /** Replaces what the client sent. */
  replace(bytes: Buffer): void {
    this.#read = Promise.resolve(bytes);
  }

  /** The bytes, from wherever they are. */
  async bytes(): Promise<Buffer> {
    const body = await this.read();
    return typeof body === 'string' ? readFile(body) : body;
  }

  /** Removes the file, if there is one. */
  async discard(): Promise<void> {
    const body = await this.#read?.catch(() => undefined);
    if (typeof body === 'string') await unlink(body).catch(() => undefined);
  }

  async #collect(): Promise<Buffer | string> {
    const { buffer, max, folder } = this.#limits;
    // nginx takes a body that is a quarter too long into memory, when its length is announced.
    const announced = Number(this.#request.headers['content-length'] ?? Infinity);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.#request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (max > 0 && size > max) throw new BodyTooLargeError();
      chunks.push(chunk);
    }
    if (size <= buffer || announced < buffer * 1.25) return Buffer.concat(chunks);
    const name = `${folder}/${String(++files).padStart(10, '0')}`;
    await writeFile(name, chunks, { mode: 0o600 });
    return name;
  }
}
