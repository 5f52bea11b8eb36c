import { createHash } from 'node:crypto';
import type { RawJson } from '../../../lib/json/types.js';
import type { Exposure } from './exposure.js';
import type { ItemKind } from './item-kinds.js';
import { longName } from './names.js';
import { prepareItem } from './prepare-item.js';
import type { PreparedItem, RefusedItem } from './prepare-item.js';

export interface PreparedItems {
  readonly items: readonly PreparedItem[];
  /** The same by the name that clients see. */
  readonly byName: ReadonlyMap<string, PreparedItem>;
  /** Of all items together. */
  readonly bytes: number;
  /** Hash of the items; equal lists have equal ones. */
  readonly digest: string;
  /** Left out, and said so. */
  readonly refused: readonly RefusedItem[];
  /** Shown, although some clients will not take them. */
  readonly warned: readonly RefusedItem[];
}

/** Makes a server's items ready to be listed; bad and repeated ones are left out, hidden ones too. */
export async function prepareItems(
  kind: ItemKind,
  raws: readonly RawJson[],
  exposure: Exposure,
  breathe: () => Promise<void>,
): Promise<PreparedItems> {
  const items: PreparedItem[] = [];
  const byName = new Map<string, PreparedItem>();
  const refused: RefusedItem[] = [];
  const warned: RefusedItem[] = [];
  const hash = createHash('sha256');
  let bytes = 0;
  for (const raw of raws) {
    await breathe();
    const item = prepareItem(kind, raw, exposure);
    if (item === undefined) continue;
    if ('reason' in item) refused.push(item);
    else if (byName.has(item.name)) {
      refused.push({ item: item.name, reason: 'the server lists this name twice' });
    } else {
      items.push(item);
      byName.set(item.name, item);
      bytes += item.raw.length;
      hash.update(`${item.raw.length}:`).update(item.raw);
      if (kind === 'tool' && item.name.length > longName) {
        warned.push({ item: item.name, reason: `the name is longer than ${longName} characters` });
      }
    }
  }
  return { items, byName, bytes, digest: hash.digest('base64url'), refused, warned };
}

/** Hash of a list as the server sent it. */
export async function digestOf(
  raws: readonly RawJson[],
  breathe: () => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  for (const raw of raws) {
    await breathe();
    hash.update(`${raw.length}:`).update(raw);
  }
  return hash.digest('base64url');
}
