import { hash } from 'node:crypto';
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
  /** Callers with equal keys see the same items of one list. */
  readonly key: string;
  readonly shows: (item: ListedItem) => boolean;
}

/** Items that the rules treat alike. */
interface RuleClass {
  readonly index: number;
  readonly matched: Matched;
  /** How many there are. */
  count: number;
}

/** A list by classes: a server may choose names so that nearly each is one of its own. */
interface Sorted {
  readonly classes: readonly RuleClass[];
  readonly byName: ReadonlyMap<string, RuleClass>;
  /** What some have seen of it, where there are many classes; by key of the subject. */
  readonly views: Map<string, View>;
}

const longestKey = 64;
/** Honest lists have fewer: deciding on more for each request would take longer than all else. */
const manyClasses = 64;
const mostViews = 8;

const everything: View = { key: '', shows: () => true };

/**
 * Leaves out of merged lists what a caller may not know of. Items are sorted once per list by the
 * rules they match; a request then costs one decision for each such class.
 */
export class PolicyLists {
  readonly #rules: AccessRules;
  readonly #sorting = new WeakMap<readonly ListedItem[], Promise<Sorted>>();

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
    const sorted = await this.#sortOnce(kind, items, breathe);
    if (sorted.classes.length < manyClasses) return this.#viewOf(kind, sorted, subject);
    const { policy, hidesUnauthorized } = this.#rules;
    const { views } = sorted;
    const key = policy.keyOf(subject, hidesUnauthorized);
    const view = views.get(key) ?? this.#viewOf(kind, sorted, subject);
    if (!views.has(key) && views.size >= mostViews) views.delete([...views.keys()][0]!);
    views.set(key, view);
    return view;
  }

  #viewOf(kind: ItemKind, { classes, byName }: Sorted, subject: Subject): View {
    const hidden = new Set<RuleClass>();
    for (const each of classes) {
      if (hides(this.#rules, judge(each.matched, subject))) hidden.add(each);
    }
    // A name of an older or a newer list may be asked about as well.
    const isHidden = (name: string) => {
      const alike = byName.get(name);
      return alike === undefined ? this.#hides(kind, name, subject) : hidden.has(alike);
    };
    return { key: keyOf(hidden), shows: ({ name }) => !isHidden(name) };
  }

  #hides(kind: ItemKind, name: string, subject: Subject): boolean {
    const { policy } = this.#rules;
    return hides(this.#rules, policy.rule(itemOperations(kind, name), subject));
  }

  /** How many of `items` each view shows, by its index; none are counted where there are no views. */
  async countShown(
    kind: ItemKind,
    items: readonly ListedItem[],
    breathe: () => Promise<void>,
  ): Promise<ReadonlyMap<number, number>> {
    const counts = new Map<number, number>();
    if (this.#rules.policy.views === undefined) return counts;
    const { classes } = await this.#sortOnce(kind, items, breathe);
    for (const { matched, count } of classes) {
      for (const view of matched.shown?.indexes ?? []) {
        counts.set(view, (counts.get(view) ?? 0) + count);
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
  ): Promise<Sorted> {
    const sorting = this.#sorting.get(items) ?? this.#sort(kind, items, breathe);
    this.#sorting.set(items, sorting);
    return sorting;
  }

  async #sort(
    kind: ItemKind,
    items: readonly ListedItem[],
    breathe: () => Promise<void>,
  ): Promise<Sorted> {
    const classes = new Map<string, RuleClass>();
    const byName = new Map<string, RuleClass>();
    for (const { name } of items) {
      await breathe();
      const matched = this.#rules.policy.match(itemOperations(kind, name));
      let alike = classes.get(matched.key);
      if (alike === undefined) {
        alike = { index: classes.size, matched, count: 0 };
        classes.set(matched.key, alike);
      }
      alike.count += 1;
      byName.set(name, alike);
    }
    return { classes: [...classes.values()], byName, views: new Map() };
  }
}

/** Of one list alone. */
function keyOf(hidden: ReadonlySet<RuleClass>): string {
  const key = [...hidden].map(({ index }) => index).join(' ');
  return key.length > longestKey ? hash('sha256', key, 'base64') : key;
}
