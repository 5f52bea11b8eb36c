import { hash } from 'node:crypto';
import type { ReadMessage } from '../../../lib/json/envelope.js';

/** Larger bodies are kept as a digest alone: their bytes are read again. */
const mostKept = 16_384;
/** What a message that was read takes, about. */
const overhead = 1_024;

interface Kept {
  readonly bytes: Buffer;
  readonly read: ReadMessage;
}

/**
 * What a ticket remembers of the body that was admitted. Of a small one it is the bytes and what was
 * read in them: to compare bytes costs a tenth of a digest, and equal bytes need not be read again.
 */
export class AdmittedBody {
  #kept: Kept | undefined;
  #digest = '';

  constructor(bytes: Buffer, kept?: Kept) {
    this.#kept = kept;
    if (kept === undefined) this.#digest = digestOf(bytes);
  }

  /**
   * Compares a body with the admitted one; to be asked once.
   * @returns false for another body; for the same one what was read in it, or true where that is not
   *   there any more
   */
  redeem(bytes: Buffer): ReadMessage | boolean {
    const kept = this.#kept;
    if (kept === undefined) return this.#digest !== '' && digestOf(bytes) === this.#digest;
    this.#kept = undefined;
    return kept.bytes.equals(bytes) && kept.read;
  }

  /** Keeps a digest in place of the bytes. */
  shrink(): void {
    if (this.#kept === undefined) return;
    this.#digest = digestOf(this.#kept.bytes);
    this.#kept = undefined;
  }
}

/**
 * Admits bodies, and bounds what is kept of them: many are never redeemed, since a native plugin may
 * end the request. Of two generations the older one shrinks when the younger one is full.
 */
export class AdmittedBodies {
  readonly #capacity: { readonly bytes: number; readonly count: number };
  #young: AdmittedBody[] = [];
  #old: AdmittedBody[] = [];
  #youngBytes = 0;

  /** @param capacity of one generation */
  constructor(capacity = { bytes: 4 * 1_048_576, count: 10_000 }) {
    this.#capacity = capacity;
  }

  /** @param read what was read in it */
  admit(bytes: Buffer, read: ReadMessage): AdmittedBody {
    if (bytes.length > mostKept) return new AdmittedBody(bytes);
    // A copy: the bytes may be part of all that Kong has just sent.
    const body = new AdmittedBody(bytes, { bytes: Buffer.from(bytes), read });
    const size = bytes.length + overhead;
    const { bytes: most, count } = this.#capacity;
    if (this.#youngBytes + size > most || this.#young.length >= count) this.#turn();
    this.#young.push(body);
    this.#youngBytes += size;
    return body;
  }

  #turn(): void {
    for (const body of this.#old) body.shrink();
    this.#old = this.#young;
    this.#young = [];
    this.#youngBytes = 0;
  }
}

function digestOf(bytes: Buffer): string {
  return hash('sha256', bytes, 'base64');
}
