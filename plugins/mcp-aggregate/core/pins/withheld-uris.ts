import { AskedUri } from '../../../../lib/policy/uri/asked-uri.js';
import type { ItemKind } from '../items/item-kinds.js';
import type { Approved } from './approved.js';
import type { ChangeRecord } from './record/change-record.js';

/** More than these are not looked at one by one: what is not approved by its very URI is withheld then. */
const mostRead = 1_000;

/** URIs of resources that are withheld, in every spelling (design D19). */
export class WithheldUris {
  readonly #changes: ChangeRecord;
  readonly #read = new Map<ItemKind, ReadonlySet<string> | 'many'>();

  constructor(changes: ChangeRecord) {
    this.#changes = changes;
  }

  /** The record has changed. */
  changed(): void {
    this.#read.clear();
  }

  has(kind: ItemKind, uri: string, approved: Approved): boolean {
    let withheld = this.#read.get(kind);
    if (withheld === undefined) this.#read.set(kind, (withheld = this.#withheld(kind)));
    if (withheld === 'many') return approved.items[kind]?.has(uri) !== true;
    if (withheld.size === 0) return false;
    return spellingsOf(uri).some((spelling) => withheld.has(spelling));
  }

  #withheld(kind: ItemKind): ReadonlySet<string> | 'many' {
    if (this.#changes.leftOut(kind) > 0) return 'many';
    const uris: string[] = [];
    for (const change of this.#changes.current) {
      if (change.kind === kind && change.change !== 'vanished') uris.push(change.item);
    }
    return uris.length > mostRead ? 'many' : new Set(uris.flatMap(spellingsOf));
  }
}

/** A URI in all spellings by which it could be meant. */
export function spellingsOf(uri: string): readonly string[] {
  const { reading } = new AskedUri(uri);
  return 'unclear' in reading ? [uri] : [uri, ...reading.loose];
}
