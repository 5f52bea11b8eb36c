import { remembering } from '../../flow/remember.js';
import { readUri } from './read-uri.js';
import type { UriReading } from './read-uri.js';

/** A URI that rules may be about: read when the first of them looks, and once. */
export class AskedUri {
  readonly text: string;
  #reading: UriReading | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get reading(): UriReading {
    return (this.#reading ??= remembered(this.text));
  }
}

/** The same few URIs come with one request, with its lists, and with each session that hears of one. */
const remembered = remembering(readUri, 64, 4096);
