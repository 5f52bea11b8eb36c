import { HeaderMap } from '../http/header-map.js';
import type { HeaderRecord } from '../http/single-header.js';
import { cachedKey } from '../json/key-cache.js';

const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
/** Digits of the longest length. */
const mostDigits = 9;

/** Texts behind their lengths, `3:abc`, one after the other. */
export class Texts {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Whether there is another. */
  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  /** The next one. @throws RangeError where the bytes are no such text, here and below */
  text(): string {
    const end = this.#enter();
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }

  /** The next one, which shares memory with what it was read from. */
  bytes(): Buffer {
    const end = this.#enter();
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  /** All that follow, as names and values of headers in turn; a name that comes again makes a list. */
  headers(): HeaderRecord {
    const headers = new HeaderMap<string | string[]>();
    while (this.more) {
      const name = this.#name();
      const value = this.text();
      const known = headers[name];
      if (known === undefined) headers[name] = value;
      else if (typeof known === 'string') headers[name] = [known, value];
      else known.push(value);
    }
    return headers;
  }

  #name(): string {
    const end = this.#enter();
    const bytes = this.#bytes;
    const name = cachedKey(bytes, this.#at, end) ?? bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return name;
  }

  /** Goes to the first byte of the next text. @returns where it ends */
  #enter(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let length = 0;
    let at = start;
    for (;;) {
      const byte = bytes[at];
      if (byte === colon) break;
      if (byte === undefined || byte < zero || byte > nine || at - start >= mostDigits) {
        throw new RangeError('not a text behind its length');
      }
      length = length * 10 + byte - zero;
      at += 1;
    }
    const end = at + 1 + length;
    if (at === start || end > bytes.length) throw new RangeError('a text is cut off');
    this.#at = at + 1;
    return end;
  }
}
