import type { RefusedItem } from '../items/identify-item.js';
import type { DerivedItem } from '../items/prepare-items.js';

/** What an operator is told of a server's list. */
export type CatalogueEvent =
  | { readonly type: 'listed'; readonly count: number }
  | ({ readonly type: 'refused' | 'warned' } & RefusedItem)
  | ({ readonly type: 'renamed' } & DerivedItem)
  | { readonly type: 'failed' | 'flawed'; readonly reason: string }
  | { readonly type: 'dropped'; readonly reason: string };
