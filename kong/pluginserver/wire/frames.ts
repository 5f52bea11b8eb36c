/** Bytes of the length prefix: uint32, little endian. */
const prefixBytes = 4;

/** Largest frame taken; a request body that Kong reads into memory is far smaller. */
const maxFrameBytes = 64 * 1024 * 1024;

/** The peer announced a frame above the limit; the stream cannot be read any further. */
export class FrameTooLargeError extends Error {
  constructor(bytes: number, limit: number) {
    super(`a frame of ${bytes} bytes is above the limit of ${limit}`);
    this.name = 'FrameTooLargeError';
  }
}

/** One write that holds every payload as a frame, in order. */
export function encodeFrames(payloads: readonly Uint8Array[]): Buffer {
  const total = payloads.reduce((sum, payload) => sum + prefixBytes + payload.length, 0);
  const out = Buffer.allocUnsafe(total);
  let at = 0;
  for (const payload of payloads) {
    at = out.writeUInt32LE(payload.length, at);
    out.set(payload, at);
    at += payload.length;
  }
  return out;
}

/** Cuts a byte stream into frames, however its chunks fall. */
export class FrameDecoder {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes needed before there is something to do: a prefix, or a whole frame with its prefix. */
  #needed = prefixBytes;

  /** @param limit largest payload in bytes */
  constructor(limit = maxFrameBytes) {
    this.#limit = limit;
  }

  /**
   * Hands every frame that `chunk` completes to `onFrame`, in order. A frame may share memory with
   * the chunk.
   * @throws FrameTooLargeError after the frames before it; the decoder is of no use from there on
   */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    const data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#held);
    let at = 0;
    this.#needed = prefixBytes;
    while (data.length - at >= prefixBytes) {
      const size = data.readUInt32LE(at);
      if (size > this.#limit) throw new FrameTooLargeError(size, this.#limit);
      const end = at + prefixBytes + size;
      if (end > data.length) {
        this.#needed = prefixBytes + size;
        break;
      }
      onFrame(data.subarray(at + prefixBytes, end));
      at = end;
    }
    this.#held = data.length - at;
    this.#chunks = this.#held === 0 ? [] : [data.subarray(at)];
  }
}
