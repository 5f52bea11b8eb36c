import type { Claim } from './exposure.js';
import type { RefusedItem } from './identify-item.js';
import type { PreparedItem } from './prepare-item.js';

/** By what right an item has its name, the strongest first: an operator's word, its own, ours. */
const ranks: readonly Claim[] = ['renamed', 'own', 'derived'];

/**
 * Which item of a server has each name: of several that claim it the one with the best right, and
 * among equals the first. So a tool that comes to a list takes no name that `rename` has given.
 */
export function ownersOfNames(items: readonly PreparedItem[]): ReadonlyMap<string, PreparedItem> {
  const owners = new Map<string, PreparedItem>();
  for (const item of items) {
    const owner = owners.get(item.name);
    if (owner === undefined || rankOf(item) < rankOf(owner)) owners.set(item.name, item);
  }
  return owners;
}

/** Why an item does not have the name that it claims, which `owner` has. */
export function withoutName(item: PreparedItem, owner: PreparedItem): RefusedItem {
  if (rankOf(item) === rankOf(owner)) {
    return { item: item.name, reason: 'the server lists this name twice' };
  }
  const by = owner.claim === 'renamed' ? ' by tools.overrides' : '';
  return { item: item.name, reason: `another of the server’s tools has this name${by}` };
}

function rankOf({ claim }: PreparedItem): number {
  return ranks.indexOf(claim);
}
