import { hash } from 'node:crypto';
import { longestName, longName } from './names.js';

const hashLength = 8;
/** Kept of a name for reading where a long prefix leaves little. */
const leastSlug = 16;
/** Characters of a name that are looked at for its slug. */
const mostRead = 256;

/**
 * A name that every client takes, for an item whose own none may take: what can be read of its own,
 * and a hash of it, so that it stays the same whatever else is listed, and no other item gets it.
 * At most 64 characters, unless the prefix asks for more.
 * @returns undefined where the prefix leaves no room for it within 128
 */
export function derivedName(prefix: string, original: string): string | undefined {
  const room = (most: number) => most - prefix.length - hashLength - 1;
  if (room(longestName) < 1) return undefined;
  const most = Math.max(room(longName), Math.min(leastSlug, room(longestName)));
  const slug = (slugOf(original) || 'unnamed').slice(0, most);
  return `${prefix}${slug}_${digestOf(original)}`;
}

/** Letters lose their accents; all else that is not allowed becomes an underscore. */
function slugOf(text: string): string {
  const letters = text
    .slice(0, mostRead)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '');
  return letters.replace(/[^A-Za-z0-9_.-]+/g, '_').replace(/^_+|_+$/g, '');
}

/** Of its JSON, in which lone surrogates differ. */
function digestOf(text: string): string {
  return hash('sha256', JSON.stringify(text), 'hex').slice(0, hashLength);
}
