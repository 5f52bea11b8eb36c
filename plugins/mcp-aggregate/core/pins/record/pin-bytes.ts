import type { Fingerprint } from '../approved.js';
import type { Change } from './change.js';
import type { InspectedItem } from '../inspect-item.js';

/** What an entry and a part of it take beside their texts, about. */
const entryBytes = 256;
const partBytes = 64;

/** What a difference takes in memory, about; its name is in its key as well. */
export function changeBytes({ item, members, digest }: Change): number {
  return members.reduce((sum, name) => sum + textBytes(name), entryBytes) + names(item, digest);
}

/** The same of what the linter finds. */
export function doubtBytes({
  item,
  excerpt,
}: {
  readonly item: string;
  readonly excerpt: string;
}): number {
  return entryBytes + names(item, excerpt);
}

/** The same of the digests by which a definition is known. */
export function fingerprintBytes(name: string, { digest, parts }: Fingerprint): number {
  let bytes = entryBytes + textBytes(name) + textBytes(digest);
  for (const [member, part] of parts) bytes += partBytes + textBytes(member) + textBytes(part);
  return bytes;
}

/** The same of a list that was looked at. */
export function inspectedBytes(items: readonly (InspectedItem | undefined)[]): number {
  let bytes = entryBytes;
  for (const item of items) {
    if (item === undefined) continue;
    const { original, fingerprint, findings } = item;
    bytes += fingerprint
      ? fingerprintBytes(original, fingerprint)
      : entryBytes + names(original, '');
    for (const { excerpt } of findings) bytes += entryBytes + textBytes(excerpt);
  }
  return bytes;
}

function names(item: string, more: string): number {
  return 2 * textBytes(item) + textBytes(more);
}

/** At most: texts of Latin letters take half. */
function textBytes({ length }: string): number {
  return 2 * length;
}
