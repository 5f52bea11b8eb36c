import type { Share } from '../../../../../lib/held/shared-bytes.js';
import type { LintRule } from '../../../../../lib/lint/rule-ids.js';
import type { ItemKind } from '../../items/item-kinds.js';
import type { InspectedItem } from '../inspect-item.js';
import { doubtBytes } from './pin-bytes.js';

/** Something that the linter found. */
export interface Doubt {
  readonly kind: ItemKind;
  readonly item: string;
  readonly rule: LintRule;
  readonly excerpt: string;
}

const mostHeld = 2_000;

/** What the linter finds in the lists of one server. */
export class LintRecord {
  readonly #share: Share;
  readonly #doubts = new Map<string, Doubt>();

  /** @param share of the memory for differences */
  constructor(share: Share) {
    this.#share = share;
  }

  get doubts(): readonly Doubt[] {
    return [...this.#doubts.values()];
  }

  get byRule(): ReadonlyMap<LintRule, number> {
    const counts = new Map<LintRule, number>();
    for (const { rule } of this.#doubts.values()) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    return counts;
  }

  /**
   * @param whole whether what is not in the list is gone
   * @returns what is news
   */
  replace(
    kind: ItemKind,
    inspected: readonly (InspectedItem | undefined)[],
    whole: boolean,
  ): readonly Doubt[] {
    const items = inspected.filter((item) => item !== undefined);
    const listed = new Set(items.map(({ original }) => original));
    const before = new Map(this.#doubts);
    for (const [key, doubt] of before) {
      if (doubt.kind !== kind || !(whole || listed.has(doubt.item))) continue;
      this.#doubts.delete(key);
      this.#share.give(doubtBytes(doubt));
    }
    const news: Doubt[] = [];
    for (const { original: item, findings } of items) {
      for (const { rule, excerpt } of findings) {
        const key = `${kind} ${rule} ${item}`;
        const doubt = { kind, item, rule, excerpt };
        if (this.#doubts.has(key)) continue;
        if (this.#doubts.size >= mostHeld || !this.#share.tryTake(doubtBytes(doubt))) return news;
        this.#doubts.set(key, doubt);
        if (before.get(key)?.excerpt !== excerpt) news.push(doubt);
      }
    }
    return news;
  }
}
