import type { ListedItems } from '../calls/upstream-port.js';
import type { ItemKind } from '../items/item-kinds.js';
import type { Reviewed, Reviewer } from './reviewer.js';
import type { ServerPins } from './server-pins.js';
import { spellingsOf } from './withheld-uris.js';

/** More, or longer ones together, are not kept: only what is approved by its very URI is read then. */
const mostUris = 32;
const mostLength = 2_048;

/**
 * The pins of a server as one caller meets them: what is withheld from others says nothing of what
 * this one may read.
 */
export class CallerPins implements Reviewer {
  readonly #pins: ServerPins;
  /** Spellings of URIs withheld from this caller; undefined where there are too many. */
  readonly #uris = new Map<ItemKind, ReadonlySet<string> | undefined>();

  constructor(pins: ServerPins) {
    this.#pins = pins;
  }

  async review(kind: ItemKind, listed: ListedItems, digest: string): Promise<Reviewed> {
    const reviewed = await this.#pins.review(kind, listed, digest);
    const { withheld } = reviewed;
    const length = withheld.reduce((sum, uri) => sum + uri.length, 0);
    const few = withheld.length <= mostUris && length <= mostLength;
    this.#uris.set(kind, few ? new Set(withheld.flatMap(spellingsOf)) : undefined);
    return reviewed;
  }

  withholds(kind: ItemKind, original: string): boolean {
    if (this.#pins.closed) return true;
    const { approvals, enforce } = this.#pins.options;
    if (!enforce || approvals === undefined) return false;
    // Who has listed nothing yet is told what lists of others have shown.
    if (!this.#uris.has(kind)) return this.#pins.withholds(kind, original);
    const uris = this.#uris.get(kind);
    if (uris === undefined) return approvals.approved.items[kind]?.has(original) !== true;
    return uris.size > 0 && spellingsOf(original).some((spelling) => uris.has(spelling));
  }
}
