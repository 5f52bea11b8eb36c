import type { ItemKind } from '../items/item-kinds.js';

/** What pins withhold of one list of one caller, as processes tell each other. */
export interface Withheld {
  /** The server's name. */
  readonly server: string;
  /** The authorization context whose list it is. */
  readonly context: string;
  readonly kind: ItemKind;
  /** Of what is withheld: it names none of it. */
  readonly digest: string;
}
