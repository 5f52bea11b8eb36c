import type { ItemKind } from '../../items/item-kinds.js';

/** What is not as it was approved. */
export interface Change {
  /** `server` is about what it calls itself. */
  readonly kind: ItemKind | 'instructions' | 'server';
  /** The server's own name or URI. */
  readonly item: string;
  readonly change: 'changed' | 'added' | 'vanished';
  /** Members that differ, as far as that is known. */
  readonly members: readonly string[];
  /** Tells it from another change of the same item. */
  readonly digest: string;
}

/** A change of which the operator has been told. */
export interface ToldChange {
  readonly at: string;
  readonly kind: Change['kind'];
  readonly item: string;
  /** `restored` where an item is as it was approved again, or has been approved as it is. */
  readonly change: Change['change'] | 'restored';
  readonly members: readonly string[];
  readonly withheld: boolean;
}
