import type { RawJson } from '../../../lib/json/types.js';
import { itemOperations } from '../../../lib/policy/operation.js';
import type { ItemKind } from '../../../lib/policy/operation.js';
import { judge } from '../../../lib/policy/policy.js';
import type { Matched, Subject } from '../../../lib/policy/policy.js';
import { hides } from './policy.js';
import type { AccessRules } from './policy.js';

/** An item of a merged list, by the name that clients see. */
export interface ListedItem {
  readonly name: string;
  readonly raw: RawJson;
}

/** Items that the rules treat alike. */
interface RuleClass {
  readonly matched: Matched;
  readonly names: Set<string>;
}

interface Sorted {
  readonly classes: readonly RuleClass[];
  /** Visible items, comma-separated, by which classes are visible. */
  readonly joined: Map<string, RawJson>;
}

/** Different views of one list that are kept; a caller with another costs a join. */
const mostViews = 32;
const comma = Buffer.from(',');

/**
 * Leaves out of merged lists what a caller may not know of. Items are sorted once per list by the
 * rules they match; a request then costs one decision for each such class, and callers who see the
 * same share the bytes.
 */
export class PolicyLists {
  readonly #rules: AccessRules;
  readonly #sorted = new WeakMap<readonly ListedItem[], Sorted>();

  constructor(rules: AccessRules) {
    this.#rules = rules;
  }

  /** Whether some caller may see less than another. */
  get filters(): boolean {
    const { policy, hidesUnauthorized } = this.#rules;
    return policy.hasClaimRules || (hidesUnauthorized && policy.hasRules);
  }

  /** The items that `subject` sees, comma-separated. `items` must not change afterwards. */
  join(kind: ItemKind, items: readonly ListedItem[], subject: Subject): RawJson {
    const { classes, joined } = this.#sort(kind, items);
    const hidden = classes.filter(({ matched }) => hides(this.#rules, judge(matched, subject)));
    const key = hidden.map(({ matched }) => matched.key).join('|');
    const known = joined.get(key);
    if (known !== undefined) return known;
    const visible = items.filter(({ name }) => !hidden.some(({ names }) => names.has(name)));
    const made = joinItems(visible);
    const oldest = joined.keys().next();
    if (joined.size >= mostViews && oldest.done !== true) joined.delete(oldest.value);
    joined.set(key, made);
    return made;
  }

  #sort(kind: ItemKind, items: readonly ListedItem[]): Sorted {
    const known = this.#sorted.get(items);
    if (known !== undefined) return known;
    const classes = new Map<string, RuleClass>();
    for (const { name } of items) {
      const matched = this.#rules.policy.match(itemOperations(kind, name));
      const alike = classes.get(matched.key);
      if (alike === undefined) classes.set(matched.key, { matched, names: new Set([name]) });
      else alike.names.add(name);
    }
    const sorted = { classes: [...classes.values()], joined: new Map<string, RawJson>() };
    this.#sorted.set(items, sorted);
    return sorted;
  }
}

/** Raw items with commas between them. */
export function joinItems(items: readonly ListedItem[]): RawJson {
  return Buffer.concat(items.flatMap(({ raw }, index) => (index === 0 ? [raw] : [comma, raw])));
}
