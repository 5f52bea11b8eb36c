import type { Introduced } from './compare-list.js';
import type { ItemKind } from '../items/item-kinds.js';
import type { Approved } from './approved.js';
import type { InspectedItem } from './inspect-item.js';

/** Where it is known from what has been approved. */
export interface Approvals {
  /** What holds now. */
  readonly approved: Approved;
  /** Differs whenever `approved` does. */
  readonly revision: number;
  /** Why there is none that can be used, or no newer one; fit for an operator. */
  readonly problem: string | undefined;
  /** Whether something has been approved: where nothing has, `problem` says why. */
  readonly usable: boolean;
  /** Whether what is seen first counts as approved. */
  readonly firstUse: boolean;
  /** Where it comes from, as operators are told. */
  readonly source: string;
  /** Resolves once what there is has been read. */
  ready(): Promise<void>;
  /**
   * Takes what is seen for approved, as far as nothing else is: of a kind of which nothing is known
   * all, and else what has no entry.
   */
  learn(
    kind: ItemKind,
    items: readonly InspectedItem[],
    said: Introduced | undefined,
  ): Promise<void>;
}
