import type { Duplex } from 'node:stream';
import { sharedBytes } from '../off-thread/shared-bytes.js';

/** One message between workers: a small head, and bytes that are passed on as they are. */
export interface Frame {
  readonly head: Readonly<Record<string, unknown>>;
  readonly payload: Buffer | undefined;
}

const prefixBytes = 8;
const mostHeadBytes = 1_048_576;
/** Says that there is no payload, which is not the same as an empty one. */
const none = 0xffff_ffff;
/** Above this size the bytes go into memory that other threads see, piece by piece. */
const largeBytes = 1_048_576;

/** The bytes of a payload, in one piece or in several. */
export type Payload = Buffer | readonly Buffer[];

/** The frame as it is written: its pieces, the payload uncopied. */
export function writeFrame(head: Frame['head'], payload?: Payload): readonly Buffer[] {
  const beside = piecesOf(payload);
  const text = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.allocUnsafe(prefixBytes);
  prefix.writeUInt32BE(text.length);
  const length = beside.reduce((sum, piece) => sum + piece.length, 0);
  prefix.writeUInt32BE(payload === undefined ? none : length, 4);
  return [Buffer.concat([prefix, text]), ...beside.filter((piece) => piece.length > 0)];
}

function piecesOf(payload: Payload | undefined): readonly Buffer[] {
  if (payload === undefined) return [];
  return Buffer.isBuffer(payload) ? [payload] : payload;
}

/**
 * Writes a frame; false where the other side does not keep up.
 * @param onSent called when the bytes are not needed any more, however that ends
 */
export function sendFrame(
  stream: Duplex,
  head: Frame['head'],
  payload?: Payload,
  onSent: () => void = () => {},
): boolean {
  if (stream.destroyed || stream.writableEnded) {
    onSent();
    return false;
  }
  const pieces = writeFrame(head, payload);
  let room = true;
  stream.cork();
  pieces.forEach((piece, i) => {
    room = i < pieces.length - 1 ? stream.write(piece) : stream.write(piece, () => onSent());
  });
  stream.uncork();
  return room;
}

/**
 * Takes the frames of a stream, one after the other, to its end. Never rejects: a stream that breaks,
 * or says what is none, has ended.
 * @param mostBytes of one payload
 */
export async function readFrames(
  stream: Duplex,
  mostBytes: number,
  take: (frame: Frame) => void,
): Promise<void> {
  const pieces = new Pieces();
  let sizes: Sizes | undefined;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      pieces.add(chunk);
      for (;;) {
        sizes ??= pieces.length < prefixBytes ? undefined : readSizes(pieces.take(prefixBytes));
        if (sizes === undefined) break;
        if (sizes.head > mostHeadBytes || (sizes.payload ?? 0) > mostBytes) return;
        if (pieces.length < sizes.head + (sizes.payload ?? 0)) break;
        const frame = await readFrame(pieces, sizes);
        sizes = undefined;
        take(frame);
      }
    }
  } catch {
    // It is over, for whichever reason.
  } finally {
    stream.destroy();
  }
}

interface Sizes {
  readonly head: number;
  readonly payload: number | undefined;
}

function readSizes(prefix: readonly Buffer[]): Sizes {
  const bytes = Buffer.concat(prefix);
  const payload = bytes.readUInt32BE(4);
  return { head: bytes.readUInt32BE(), payload: payload === none ? undefined : payload };
}

async function readFrame(pieces: Pieces, { head, payload }: Sizes): Promise<Frame> {
  const text = Buffer.concat(pieces.take(head)).toString();
  const bytes = payload === undefined ? undefined : await whole(pieces.take(payload), payload);
  return { head: JSON.parse(text) as Frame['head'], payload: bytes };
}

async function whole(pieces: readonly Buffer[], length: number): Promise<Buffer> {
  if (length > largeBytes) return sharedBytes(pieces);
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, length);
}

/** What has arrived and was not taken yet. */
class Pieces {
  #pieces: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** @param count of bytes, no more than there are */
  take(count: number): readonly Buffer[] {
    const taken: Buffer[] = [];
    let left = count;
    while (left > 0) {
      const first = this.#pieces[0]!;
      const piece = first.subarray(0, left);
      taken.push(piece);
      if (piece.length === first.length) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(piece.length);
      left -= piece.length;
    }
    this.#length -= count;
    return taken;
  }
}
