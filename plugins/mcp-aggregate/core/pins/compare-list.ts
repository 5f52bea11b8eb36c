import type { ItemKind } from '../items/item-kinds.js';
import type { Approved } from './approved.js';
import type { Change } from './record/change.js';
import { differingParts, digestText, instructionsDigest } from './fingerprint.js';
import type { InspectedItem } from './inspect-item.js';

export interface Compared {
  /** Places in the list of items that nobody has approved as they are. */
  readonly unapproved: ReadonlySet<number>;
  readonly changes: readonly Change[];
}

const mostMembers = 8;
/** Of a name or URI; longer URIs are served to nobody. */
const mostOfName = 4_096;

/** The name by which an operator is told of an item. */
export function nameOf(original: string): string {
  if (original.length <= mostOfName) return original;
  // A copy: a part of a text keeps all of it in memory.
  return Buffer.from(original.slice(0, mostOfName), 'utf16le').toString('utf16le');
}

/**
 * Compares a list with what was approved of it.
 * @param whole whether an item that is missing has vanished
 */
export function compareList(
  kind: ItemKind,
  inspected: readonly (InspectedItem | undefined)[],
  { items }: Approved,
  whole: boolean,
): Compared {
  const approved = items[kind];
  const unapproved = new Set<number>();
  const changes = new Map<string, Change>();
  const seen = new Set<string>();
  for (const [place, item] of inspected.entries()) {
    if (item?.fingerprint === undefined) continue;
    const { original, fingerprint } = item;
    seen.add(original);
    const known = approved?.get(original);
    if (known?.digest === fingerprint.digest) continue;
    unapproved.add(place);
    const name = nameOf(original);
    const members = known ? differingParts(known, fingerprint).slice(0, mostMembers) : [];
    const change = known === undefined ? 'added' : 'changed';
    changes.set(name, { kind, item: name, change, members, digest: fingerprint.digest });
  }
  const gone = whole ? [...(approved?.keys() ?? [])].filter((name) => !seen.has(name)) : [];
  const vanished = gone.map((name): Change => ({
    kind,
    item: nameOf(name),
    change: 'vanished',
    members: [],
    digest: '',
  }));
  return { unapproved, changes: [...changes.values(), ...vanished] };
}

/** What a server says of itself. */
export interface Introduced {
  readonly name: string;
  readonly instructions?: string | undefined;
}

/** What differs of the server itself. */
export function compareServer(said: Introduced | undefined, approved: Approved): readonly Change[] {
  if (said === undefined) return [];
  const { server, instructions } = approved;
  const changes: Change[] = [];
  if (server !== undefined && said.name !== server) {
    const digest = digestText(JSON.stringify(said.name));
    const item = nameOf(said.name);
    changes.push({ kind: 'server', item, change: 'changed', members: ['name'], digest });
  }
  const digest = said.instructions === undefined ? null : instructionsDigest(said.instructions);
  if (instructions === undefined || digest === instructions) return changes;
  const change = digest === null ? 'vanished' : instructions === null ? 'added' : 'changed';
  const item = 'instructions';
  return [...changes, { kind: item, item, change, members: [], digest: digest ?? '' }];
}
