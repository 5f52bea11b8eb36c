import type { RawJson } from '../../../../lib/json/types.js';
import type { CacheHints } from '../../core/calls/upstream-port.js';
import { readHints } from '../../core/lists/cache-hints.js';

/** What the pages of one list say together of how long it holds, and for whom (SEP-2549). */
export class PageHints {
  #all: CacheHints | undefined;

  /** Undefined as long as there was no page. */
  get all(): CacheHints | undefined {
    return this.#all;
  }

  add(page: RawJson): void {
    const one = readHints(page);
    const before = this.#all ?? one;
    this.#all = {
      ttlMs: Math.min(before.ttlMs, one.ttlMs),
      isPrivate: before.isPrivate || one.isPrivate,
    };
  }
}
