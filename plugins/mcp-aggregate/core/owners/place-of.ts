import type { Owner } from './owner.js';

/** What one worker knows of itself and of those beside it. */
export interface Here {
  readonly self: Owner;
  /** Workers of this node. */
  readonly count: number;
  /** Whether a worker of this node can be reached now. */
  readonly isUp: (slot: number) => boolean;
}

/** The process that a request is led to. */
export type Place =
  | { readonly kind: 'here' }
  | { readonly kind: 'sibling'; readonly slot: number }
  | { readonly kind: 'peer'; readonly owner: Owner };

export const here: Place = { kind: 'here' };

/**
 * Where the requests go that are about what `owner` keeps. What a worker kept that is gone is lost;
 * the next one that is there takes its requests, the same for all who ask, until it is back.
 * @param owner undefined where nobody keeps anything
 */
export function placeOf(owner: Owner | undefined, { self, count, isUp }: Here): Place {
  if (owner === undefined) return here;
  // A node that had no address when it named itself is this one: no other could be led to it.
  if (owner.node !== '' && owner.node !== self.node) return { kind: 'peer', owner };
  const slot = standIn(owner.slot, count, isUp);
  return slot === undefined || slot === self.slot ? here : { kind: 'sibling', slot };
}

/**
 * The slot that serves what falls to `slot`: itself, or the next one that is up; undefined where none
 * is. Where there are fewer workers than there were, the slots beyond fall to those that are left.
 */
export function standIn(
  slot: number,
  count: number,
  isUp: (slot: number) => boolean,
): number | undefined {
  for (let i = 0; i < count; i++) {
    const next = (slot + i) % count;
    if (isUp(next)) return next;
  }
  return undefined;
}
