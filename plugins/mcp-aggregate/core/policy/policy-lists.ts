import { itemOperations } from '../../../../lib/policy/operation.js';
import type { ItemKind } from '../../../../lib/policy/operation.js';
import { judge } from '../../../../lib/policy/policy.js';
import type { Matched, Subject } from '../../../../lib/policy/policy.js';
import { hides } from './policy.js';
import type { Served } from '../items/served.js';
import type { AccessRules } from './policy.js';

/** An item of a merged list, by the name that clients see. */
export interface ListedItem {
  readonly name: string;
}

/** What one caller sees of a list. */
export interface View {
  /** Callers with equal keys see the same items. */
  readonly key: string;
  readonly shows: (item: ListedItem) => boolean;
}

/** Items that the rules treat alike. */
interface RuleClass {
  readonly matched: Matched;
  readonly names: Set<string>;
}

const everything: View = { key: '', shows: () => true };

/**
 * Leaves out of merged lists what a caller may not know of. Items are sorted once per list by the
 * rules they match; a request then costs one decision for each such class.
 */
export class PolicyLists {
  readonly #rules: AccessRules;
  readonly #classes = new WeakMap<readonly ListedItem[], readonly RuleClass[]>();
  readonly #sorting = new WeakMap<readonly ListedItem[], Promise<readonly RuleClass[]>>();

  constructor(rules: AccessRules) {
    this.#rules = rules;
  }

  /** Whether some caller may see less than another. */
  get filters(): boolean {
    const { policy, hidesUnauthorized } = this.#rules;
    return (
      policy.hasClaimRules || policy.views !== undefined || (hidesUnauthorized && policy.hasRules)
    );
  }

  /**
   * What `subject` sees of `items`, which must not change afterwards.
   * @param breathe lets others run while many items are sorted
   */
  async view(
    kind: ItemKind,
    items: readonly ListedItem[],
    subject: Subject,
    breathe: () => Promise<void>,
  ): Promise<View> {
    if (!this.filters) return everything;
    const classes = this.#classes.get(items) ?? (await this.#sortOnce(kind, items, breathe));
    const hidden = classes.filter(({ matched }) => hides(this.#rules, judge(matched, subject)));
    if (hidden.length === 0) return everything;
    const key = hidden.map(({ matched }) => matched.key).join('|');
    return { key, shows: ({ name }) => !hidden.some(({ names }) => names.has(name)) };
  }

  /** How many of `items` each view shows, by its index; none are counted where there are no views. */
  async countShown(
    kind: ItemKind,
    items: readonly ListedItem[],
    breathe: () => Promise<void>,
  ): Promise<ReadonlyMap<number, number>> {
    const counts = new Map<number, number>();
    if (this.#rules.policy.views === undefined) return counts;
    const classes = this.#classes.get(items) ?? (await this.#sortOnce(kind, items, breathe));
    for (const { matched, names } of classes) {
      for (const view of matched.shown ?? []) {
        counts.set(view, (counts.get(view) ?? 0) + names.size);
      }
    }
    return counts;
  }

  /**
   * Whether `subject` may know that this server has items of a kind, which are not known themselves:
   * not where the rules would hide any name of it.
   */
  knowsOf({ exposure }: Served, kind: ItemKind, subject: Subject): boolean {
    if (!this.filters) return true;
    const { policy } = this.#rules;
    const sample = kind === 'tool' || kind === 'prompt' ? 'x' : 'x:x';
    const named = exposure.nameOf(kind, sample);
    if (!('name' in named)) return true;
    const beginning = named.name.slice(0, -sample.length);
    // A view of some of its names says nothing of this one.
    const shown = policy.views?.concerning(kind, exposure.server, beginning);
    const matched = { ...policy.match(itemOperations(kind, named.name)), shown };
    return !hides(this.#rules, judge(matched, subject));
  }

  #sortOnce(
    kind: ItemKind,
    items: readonly ListedItem[],
    breathe: () => Promise<void>,
  ): Promise<readonly RuleClass[]> {
    const sorting = this.#sorting.get(items) ?? this.#sort(kind, items, breathe);
    this.#sorting.set(items, sorting);
    return sorting;
  }

  async #sort(
    kind: ItemKind,
    items: readonly ListedItem[],
    breathe: () => Promise<void>,
  ): Promise<readonly RuleClass[]> {
    const classes = new Map<string, RuleClass>();
    for (const { name } of items) {
      await breathe();
      const matched = this.#rules.policy.match(itemOperations(kind, name));
      const alike = classes.get(matched.key);
      if (alike === undefined) classes.set(matched.key, { matched, names: new Set([name]) });
      else alike.names.add(name);
    }
    const sorted = [...classes.values()];
    this.#classes.set(items, sorted);
    return sorted;
  }
}
