import { Texts } from './texts.js';

/**
 * Whether the function of kong/direct/fewer-calls.ts is there for the requests of one plugin entry.
 * Each answer of it speaks for its own request alone; what was seen so far only says what to ask.
 */
export class Presence {
  #seen: boolean | undefined;

  /** Whether to ask it. */
  get asks(): boolean {
    return this.#seen !== false;
  }

  /** Whether to ask Kong itself in the same breath, since it is not known to be there. */
  get doubtful(): boolean {
    return this.#seen !== true;
  }

  /** What it answered; undefined where it is not there. An entry's first request tells for all. */
  answered(bytes: Uint8Array | null | undefined): Texts | undefined {
    if (bytes === null || bytes === undefined || bytes.length === 0) {
      this.#seen ??= false;
      return undefined;
    }
    this.#seen = true;
    return new Texts(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
}
