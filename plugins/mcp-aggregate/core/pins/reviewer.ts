import type { RawJson } from '../../../../lib/json/types.js';
import type { ListedItems } from '../calls/upstream-port.js';
import type { ItemKind } from '../items/item-kinds.js';

/** What of a list is served. */
export interface Reviewed {
  readonly items: readonly RawJson[];
  /** Differs where something else of the same list is. */
  readonly key: string;
  /** The server's own names or URIs of those that are not, where it is served at all. */
  readonly withheld: readonly string[];
}

/** Decides which items of a server's lists are served: those that were approved. */
export interface Reviewer {
  /**
   * @param digest of the items as they were sent
   * @throws McpError `upstream_unavailable` where nothing of the server may be served
   */
  review(kind: ItemKind, listed: ListedItems, digest: string): Promise<Reviewed>;
  /** Whether anything may be withheld at all. */
  readonly enforces: boolean;
  /**
   * Another process withholds something of a list that this one reviews as well, for the same caller.
   * Answers whether it is not what is withheld here.
   * @param digest of what is withheld
   */
  hears?(kind: ItemKind, digest: string): boolean;
  /** Whether an item is withheld that could be asked for without being listed. */
  withholds(kind: ItemKind, original: string): boolean;
}
