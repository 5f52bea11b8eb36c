import type { Withheld } from '../pins/withheld.js';

/** Whose lists a server shows no longer: it has refused that caller. */
export interface RefusedLists {
  /** The server's name. */
  readonly server: string;
  /** The authorization context whose lists they are. */
  readonly context: string;
}

/**
 * Tells the other workers what one has found out about lists that are one caller's own, of which each
 * worker has a copy.
 */
export interface ListNews {
  withheld(what: Withheld): void;
  refused(whose: RefusedLists): void;
}
