import type { RawJson } from '../../../../lib/json/types.js';

/** The end of each key that names a URI, and the escape by which it may be hidden. */
const needles = ['uri"', 'Uri"', '\\u'].map((text) => Buffer.from(text));

/**
 * Where keys of URIs may stand in a result. Searching bytes costs a hundredth of reading members, so
 * that blocks without any are passed over.
 */
export class UriKeys {
  readonly #raw: RawJson;
  /** For each needle its first place after those already asked for. */
  readonly #places = needles.map(() => -1);

  constructor(raw: RawJson) {
    this.#raw = raw;
  }

  /** False only where there is certainly none. Has to be asked in the order of the bytes. */
  mayStandIn(start: number, end: number): boolean {
    return needles.some((needle, n) => {
      if (this.#places[n]! < start) {
        const found = this.#raw.indexOf(needle, start);
        this.#places[n] = found < 0 ? Infinity : found;
      }
      return this.#places[n]! < end;
    });
  }
}
