/** The beginning and the end of a line that was too long to keep. */
export interface OversizedLine {
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** `{"jsonrpc":"2.0","method":""}` has more bytes. */
const shortestMessage = 28;
const edge = 512;
const lineFeed = 0x0a;
/** Programs of some platforms begin what they write with it. */
const byteOrderMark = Buffer.from('\ufeff');

/**
 * Whether a line can hold a message. To find out by reading costs an error with its stack, a hundred
 * times what a short line costs, and a child can write half a million of them in a MiB.
 */
export function mayBeMessage(line: Buffer): boolean {
  return line.length >= shortestMessage;
}

/**
 * Cuts a byte stream into lines (LF or CRLF), without decoding. Empty lines are left out, and a
 * byte order mark before a line. A line over the limit is not kept, but for its edges.
 */
export class LineSplitter {
  readonly #limit: number;
  readonly #onLine: (line: Buffer) => void;
  readonly #onOversized: (line: OversizedLine) => void;
  #parts: Buffer[] = [];
  #length = 0;
  #oversized: OversizedLine | undefined;

  constructor(
    limit: number,
    onLine: (line: Buffer) => void,
    onOversized: (line: OversizedLine) => void,
  ) {
    this.#limit = limit;
    this.#onLine = onLine;
    this.#onOversized = onOversized;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(lineFeed, from);
      if (end === -1) break;
      this.#add(chunk.subarray(from, end));
      this.#finish();
      from = end + 1;
    }
    if (from < chunk.length) this.#add(chunk.subarray(from));
  }

  #add(part: Buffer): void {
    this.#length += part.length;
    if (this.#oversized) {
      this.#oversized = { head: this.#oversized.head, tail: last(this.#oversized.tail, part) };
      return;
    }
    this.#parts.push(part);
    if (this.#length <= this.#limit + 1) return;
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    const head = Buffer.from(whole.subarray(0, edge));
    this.#oversized = { head, tail: Buffer.from(whole.subarray(-edge)) };
  }

  #finish(): void {
    const oversized = this.#oversized;
    const whole = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    this.#oversized = undefined;
    if (oversized) {
      const { head, tail } = oversized;
      return this.#onOversized({ head: withoutMark(head), tail });
    }
    const line = withoutMark(whole.at(-1) === 0x0d ? whole.subarray(0, -1) : whole);
    if (line.length > 0) this.#onLine(line);
  }
}

function withoutMark(line: Buffer): Buffer {
  return line.subarray(0, 3).equals(byteOrderMark) ? line.subarray(3) : line;
}

function last(tail: Buffer, part: Buffer): Buffer {
  return Buffer.concat([tail, part.subarray(-edge)]).subarray(-edge);
}
