import { findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { decodeString } from '../../../../lib/json/members.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { CacheHints } from '../../core/calls/upstream-port.js';

/** A longer time is cut: it is a hint, and a number that no timer takes. */
const longestMs = 86_400_000;

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

/** What a result says of itself; where it says nothing, it holds for nobody else and no longer. */
export function readHints(result: RawJson): CacheHints {
  const members = lastNamed(result, { start: 0, end: result.length }, 'ttlMs', 'cacheScope');
  const ttl = findMember(members, 'ttlMs');
  const scope = findMember(members, 'cacheScope');
  const ms = ttl?.kind === 'number' ? Number(textOf(result, ttl.value)) : 0;
  const isPublic = scope?.kind === 'string' && decodeString(result, scope.value) === 'public';
  return {
    ttlMs: Number.isFinite(ms) ? Math.min(longestMs, Math.max(0, Math.floor(ms))) : 0,
    isPrivate: !isPublic,
  };
}

function textOf(bytes: RawJson, { start, end }: { start: number; end: number }): string {
  return bytes.toString('latin1', start, end);
}
