import type { RawJson } from '../../../../lib/json/types.js';
import type { Exposure } from './exposure.js';
import type { ItemKind } from './item-kinds.js';
import { ownersOfNames, withoutName } from './claims.js';
import { dueByBytes } from './due-by-bytes.js';
import type { CheckForms, FormFault } from './item-form.js';
import { paramsCost } from '../params/mirrored-params.js';
import { itemCost } from '../lists/list-memory.js';
import { longName } from './names.js';
import { PartsHash } from './parts-hash.js';
import { plainSource, prepareItem } from './prepare-item.js';
import type { RefusedItem } from './identify-item.js';
import type { PreparedItem } from './prepare-item.js';

export interface PreparedItems {
  readonly items: readonly PreparedItem[];
  /** The same by the name that clients see. */
  readonly byName: ReadonlyMap<string, PreparedItem>;
  /** Of all items together. */
  readonly bytes: number;
  /** What all of it takes in memory, about. */
  readonly cost: number;
  /** Hash of the items; equal lists have equal ones. */
  readonly digest: string;
  /** Left out, and said so. */
  readonly refused: readonly RefusedItem[];
  /** Shown, although some clients will not take them. */
  readonly warned: readonly RefusedItem[];
  /** Shown under a name derived from their own. */
  readonly derived: readonly DerivedItem[];
}

/** Of a list that holds nothing. */
export const nothingPrepared: PreparedItems = {
  items: [],
  byName: new Map(),
  bytes: 0,
  cost: 0,
  digest: '',
  refused: [],
  warned: [],
  derived: [],
};

/** An item whose own name clients cannot take. */
export interface DerivedItem extends RefusedItem {
  /** The one it is offered under. */
  readonly name: string;
}

const mostShown = 128;
const nothing = Buffer.of();

/**
 * Makes a server's items ready to be listed; bad and repeated ones are left out, and hidden ones. An
 * item whose form clients refuse is left out alone, or they would throw away every server's.
 */
export async function prepareItems(
  kind: ItemKind,
  raws: readonly RawJson[],
  exposure: Exposure,
  breathe: () => Promise<void>,
  checkForms: CheckForms,
  source = plainSource,
): Promise<PreparedItems> {
  const refused: RefusedItem[] = [];
  const named: PreparedItem[] = [];
  const isDue = dueByBytes();
  for (const raw of raws) {
    if (isDue(raw)) await breathe();
    const item = prepareItem(kind, raw, exposure, source);
    if (item === undefined) continue;
    if ('reason' in item) refused.push(item);
    else named.push(item);
  }
  const faults = await checkForms(
    kind,
    named.map(({ raw }) => raw),
  );
  const formed: PreparedItem[] = [];
  for (const [index, item] of named.entries()) {
    const fault = faults.get(index);
    if (fault !== undefined) refused.push(refusedForm(item, fault));
    if (fault === undefined) formed.push(item);
    else if (fault.legacyOnly) formed.push({ ...item, modernOnly: true });
  }
  return { ...(await collect(kind, formed, refused, breathe)), refused };
}

function refusedForm({ original }: PreparedItem, { reason, legacyOnly }: FormFault): RefusedItem {
  const item = original.slice(0, mostShown);
  if (!legacyOnly) return { item, reason };
  return { item, reason: `${reason}; shown to clients without sessions only` };
}

function derivedItem(kind: ItemKind, { name, original }: PreparedItem, fault: string): DerivedItem {
  const mend = kind === 'tool' ? '; rename in tools.overrides of the server sets another' : '';
  return { item: original.slice(0, mostShown), name, reason: `${fault}${mend}` };
}

/** @param refused those of names that come a second time are added here */
async function collect(
  kind: ItemKind,
  formed: readonly PreparedItem[],
  refused: RefusedItem[],
  breathe: () => Promise<void>,
): Promise<Omit<PreparedItems, 'refused'>> {
  const items: PreparedItem[] = [];
  const byName = new Map<string, PreparedItem>();
  const warned: RefusedItem[] = [];
  const derived: DerivedItem[] = [];
  const owners = ownersOfNames(formed);
  const hash = new PartsHash();
  let bytes = 0;
  let cost = 0;
  const isDue = dueByBytes();
  for (const item of formed) {
    if (isDue(item.raw)) await breathe();
    const owner = owners.get(item.name)!;
    if (owner !== item) {
      refused.push(withoutName(item, owner));
      continue;
    }
    items.push(item);
    byName.set(item.name, item);
    bytes += item.raw.length;
    cost += itemCost(item.raw, item.name, item.original);
    if (item.params !== undefined) cost += paramsCost(item.params);
    hash.add(item.raw);
    if (kind === 'tool' && item.name.length > longName) {
      warned.push({ item: item.name, reason: `the name is longer than ${longName} characters` });
    }
    if (item.fault !== undefined) derived.push(derivedItem(kind, item, item.fault));
  }
  for (const { item, reason } of [...refused, ...warned, ...derived])
    cost += itemCost(nothing, item, reason);
  return { items, byName, bytes, cost, digest: hash.digest(), warned, derived };
}

/** Hash of a list as the server sent it. */
export async function digestOf(
  raws: readonly RawJson[],
  breathe: () => Promise<void>,
): Promise<string> {
  const hash = new PartsHash();
  const isDue = dueByBytes();
  for (const raw of raws) {
    if (isDue(raw)) await breathe();
    hash.add(raw);
  }
  return hash.digest();
}
