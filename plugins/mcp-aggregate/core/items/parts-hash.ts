import { createHash } from 'node:crypto';
import type { RawJson } from '../../../../lib/json/types.js';

/** Of parts that are hashed together. */
const roomBytes = 8_192;
/** Larger ones are hashed where they stand. */
const smallBytes = 1_024;

/**
 * SHA-256 of parts, each behind its length. Small ones are hashed many at a time: to hash one of
 * twenty bytes alone costs as much as to read it.
 */
export class PartsHash {
  readonly #hash = createHash('sha256');
  readonly #room = Buffer.allocUnsafe(roomBytes);
  #used = 0;

  add(part: RawJson): void {
    const { length } = part;
    if (this.#used + length + 8 > roomBytes) this.#flush();
    if (length > smallBytes) {
      this.#flush();
      this.#hash.update(`${length}:`).update(part);
      return;
    }
    const room = this.#room;
    let at = this.#used + room.write(`${length}:`, this.#used, 'latin1');
    for (let i = 0; i < length; i++) room[at++] = part[i]!;
    this.#used = at;
  }

  /** In base64url; nothing may be added afterwards. */
  digest(): string {
    this.#flush();
    return this.#hash.digest('base64url');
  }

  #flush(): void {
    this.#hash.update(this.#room.subarray(0, this.#used));
    this.#used = 0;
  }
}
