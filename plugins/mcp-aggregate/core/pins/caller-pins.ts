import { hash } from 'node:crypto';
import type { ListedItems } from '../calls/upstream-port.js';
import type { ItemKind } from '../items/item-kinds.js';
import type { Reviewed, Reviewer } from './reviewer.js';
import type { ServerPins } from './server-pins.js';
import { spellingsOf } from './withheld-uris.js';

/** More, or longer ones together, are not kept: only what is approved by its very URI is read then. */
const mostUris = 32;
const mostLength = 2_048;

/** @param digest of what is withheld: it names none of it */
export type TellWithheld = (kind: ItemKind, digest: string) => void;

const nothing = '';

/**
 * The pins of a server as one caller meets them: what is withheld from others says nothing of what
 * this one may read.
 */
export class CallerPins implements Reviewer {
  readonly #pins: ServerPins;
  /** Spellings of URIs withheld from this caller; undefined where there are too many. */
  readonly #uris = new Map<ItemKind, ReadonlySet<string> | undefined>();
  /** Digests of what is withheld, and of what another process has said that it withholds. */
  readonly #withheld = new Map<ItemKind, string>();
  readonly #heard = new Map<ItemKind, string>();
  readonly #onWithheld: TellWithheld;

  /** @param onWithheld is told where something else is withheld than before */
  constructor(pins: ServerPins, onWithheld: TellWithheld = () => undefined) {
    this.#pins = pins;
    this.#onWithheld = onWithheld;
  }

  get enforces(): boolean {
    return this.#pins.enforces;
  }

  async review(kind: ItemKind, listed: ListedItems, digest: string): Promise<Reviewed> {
    const reviewed = await this.#pins.review(kind, listed, digest);
    const { withheld } = reviewed;
    const length = withheld.reduce((sum, uri) => sum + uri.length, 0);
    const few = withheld.length <= mostUris && length <= mostLength;
    this.#uris.set(kind, few ? new Set(withheld.flatMap(spellingsOf)) : undefined);
    this.#tell(kind, digestOf(reviewed));
    return reviewed;
  }

  hears(kind: ItemKind, digest: string): boolean {
    if (this.#withheld.get(kind) === digest || this.#heard.get(kind) === digest) return false;
    this.#heard.set(kind, digest);
    // Who has said it must hear of it where this one finds again what it has said before.
    this.#withheld.delete(kind);
    return true;
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

  /** Others need not be told what they have said, nor that nothing is withheld. */
  #tell(kind: ItemKind, digest: string): void {
    const known = [this.#withheld.get(kind), this.#heard.get(kind), nothing];
    this.#withheld.set(kind, digest);
    this.#heard.delete(kind);
    if (!known.includes(digest)) this.#onWithheld(kind, digest);
  }
}

/** The same for the same items, in whatever order the server lists them. */
function digestOf({ key, withheld }: Reviewed): string {
  if (key === '') return nothing;
  return hash('sha256', JSON.stringify([...withheld].sort()), 'base64');
}
