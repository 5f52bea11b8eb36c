import type { RefusedItem } from '../items/identify-item.js';
import type { DerivedItem, PreparedItems } from '../items/prepare-items.js';

/** What an operator is told of a server's list. */
export type CatalogueEvent =
  | { readonly type: 'listed'; readonly count: number }
  | ({ readonly type: 'refused' | 'warned' } & RefusedItem)
  | ({ readonly type: 'renamed' } & DerivedItem)
  | { readonly type: 'failed' | 'flawed'; readonly reason: string }
  | { readonly type: 'dropped'; readonly reason: string };

type Remark = Extract<CatalogueEvent, { readonly type: 'refused' | 'warned' | 'renamed' }>;

/** What is to be said of single items, by its text. */
export function remarksOf({
  refused,
  warned,
  derived,
}: PreparedItems): ReadonlyMap<string, Remark> {
  const all: readonly Remark[] = [
    ...refused.map((item) => ({ type: 'refused', ...item }) as const),
    ...warned.map((item) => ({ type: 'warned', ...item }) as const),
    ...derived.map((item) => ({ type: 'renamed', ...item }) as const),
  ];
  return new Map(all.map((event) => [`${event.item} ${event.reason}`, event]));
}
