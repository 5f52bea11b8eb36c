import {
  decodeString,
  mostMembers,
  objectMembers,
  TooManyMembersError,
} from '../../../../lib/json/members.js';
import { foldKey } from '../../../../lib/json/protocol-keys.js';
import { defaultMaxDepth, NestingError, validateJson } from '../../../../lib/json/scan.js';
import type { Member, RawJson, Span } from '../../../../lib/json/types.js';
import { itemKinds } from './item-kinds.js';
import type { ItemKind } from './item-kinds.js';

/** An item that is left out, and why; said in the log, never silent (design D10). */
export interface RefusedItem {
  readonly item: string;
  readonly reason: string;
}

/** An item that can be read, and so be shown. */
export interface IdentifiedItem {
  /** Name or URI, as the server knows it. */
  readonly original: string;
  /** Where that stands. */
  readonly named: Span;
  /** The item without what surrounds it. */
  readonly span: Span;
  readonly members: readonly Member[];
}

/** A larger description is no use to a model, and reading it would hold up other requests. */
const maxItemBytes = 262_144;
/** Of a name, where it is said. */
export const mostShown = 128;
/** Messages that hold an item, three levels above it, are to be read by whoever keeps to our bound. */
const maxDepth = defaultMaxDepth - 3;
const usualBounds = { maxDepth };
const deepest = 65_536;
const foldedKeys: ReadonlyMap<string, string> = new Map(
  Object.values(itemKinds).map(({ key }) => [key, foldKey(key)]),
);

/** Which item it is, or why nobody is shown it. */
export function identifyItem(kind: ItemKind, raw: RawJson): IdentifiedItem | RefusedItem {
  if (raw.length > maxItemBytes) return unnamed(`the item is larger than ${maxItemBytes} bytes`);
  const { key } = itemKinds[kind];
  // `{"name":""}` has no less: a list of a hundred thousand such items is not read one by one.
  if (raw.length < key.length + 7) return unnamed(`the item does not have exactly one ${key}`);
  const { span, tooDeep } = readObject(raw);
  if (span === undefined) return unnamed('the item is not a JSON object');
  const members = membersOf(raw, span);
  if (members === undefined) return unnamed(`the item has more than ${mostMembers} members`);
  const named = onlyMember(members, key);
  if (named?.kind !== 'string') return unnamed(`the item does not have exactly one ${key}`);
  const original = decodeString(raw, named.value);
  if (!tooDeep) return { original, named: named.value, span, members };
  return {
    item: original.slice(0, mostShown),
    reason: `it is nested more than ${maxDepth} levels deep`,
  };
}

function membersOf(raw: RawJson, span: Span): readonly Member[] | undefined {
  try {
    return objectMembers(raw, span);
  } catch (error) {
    if (error instanceof TooManyMembersError) return undefined;
    throw error;
  }
}

/** Some parsers take `Name` for `name`, and would show the item under a name that is not ours. */
function onlyMember(members: readonly Member[], key: string): Member | undefined {
  const folded = foldedKeys.get(key) ?? foldKey(key);
  let only: Member | undefined;
  for (const member of members) {
    if (member.key !== key && foldKey(member.key) !== folded) continue;
    if (only !== undefined) return undefined;
    only = member;
  }
  return only?.key === key ? only : undefined;
}

function readObject(item: RawJson, bounds = usualBounds): { span?: Span; tooDeep: boolean } {
  const tooDeep = bounds !== usualBounds;
  try {
    const span = validateJson(item, bounds);
    return item[span.start] === 0x7b ? { span, tooDeep } : { tooDeep };
  } catch (error) {
    // Read once more for its name: an operator is told which it is.
    return error instanceof NestingError && !tooDeep
      ? readObject(item, { maxDepth: deepest })
      : { tooDeep: false };
  }
}

function unnamed(reason: string): RefusedItem {
  return { item: '?', reason };
}
