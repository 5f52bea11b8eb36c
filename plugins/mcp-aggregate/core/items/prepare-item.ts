import {
  decodeString,
  mostMembers,
  objectMembers,
  TooManyMembersError,
} from '../../../../lib/json/members.js';
import { foldKey } from '../../../../lib/json/protocol-keys.js';
import { defaultMaxDepth, NestingError, validateJson } from '../../../../lib/json/scan.js';
import { encodeString, splice } from '../../../../lib/json/splice.js';
import type { Member, RawJson, Span } from '../../../../lib/json/types.js';
import type { Claim, Exposure } from './exposure.js';
import { itemKinds } from './item-kinds.js';
import type { ItemKind } from './item-kinds.js';
import { schemaEdits } from './own-arguments.js';
import { needsTask, toolEdits } from './tool-edits.js';
import type { MirroredParams } from '../params/mirrored-params.js';
import { toolParams } from '../params/tool-params.js';
import { metaUriEdits } from '../uris/uri-edits.js';

/** One item of one server, ready to be listed. */
export interface PreparedItem {
  /** The name or URI that clients see. */
  readonly name: string;
  /** The one the server knows. */
  readonly original: string;
  /** By what right it has its name. */
  readonly claim: Claim;
  /** Why its own name cannot be shown, where it is offered under one derived from it. */
  readonly fault?: string | undefined;
  /** The server's own bytes, with only what has to change replaced. */
  readonly raw: RawJson;
  /** Whether clients with sessions are not shown it: they would throw away the whole list. */
  readonly modernOnly?: boolean;
  /** Whether a tool is only of use to clients that take tasks (ext-tasks). */
  readonly taskOnly?: boolean;
  /** Arguments of a tool that headers mirror. */
  readonly params?: MirroredParams | undefined;
}

/** An item that is left out, and why; said in the log, never silent (design D10). */
export interface RefusedItem {
  readonly item: string;
  readonly reason: string;
}

/** A larger description is no use to a model, and reading it would hold up other requests. */
const maxItemBytes = 262_144;
const mostShown = 128;
/** Messages that hold an item, three levels above it, are to be read by whoever keeps to our bound. */
const maxDepth = defaultMaxDepth - 3;
const deepest = 65_536;

/** What its server is, as far as its items depend on it. */
export interface ItemSource {
  /**
   * Whether it is of the era without sessions: a tool of such a server with wrong annotations for
   * headers must not be shown (2026-07-28, transports).
   */
  readonly modern: boolean;
  /** Whether it has the extension of tasks. */
  readonly tasks: boolean;
}

export const plainSource: ItemSource = { modern: false, tasks: false };

/** The item as clients see it; undefined where the configuration hides it. */
export function prepareItem(
  kind: ItemKind,
  raw: RawJson,
  exposure: Exposure,
  { modern, tasks }: ItemSource = plainSource,
): PreparedItem | RefusedItem | undefined {
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
  if (tooDeep) {
    const reason = `it is nested more than ${maxDepth} levels deep`;
    return { item: original.slice(0, mostShown), reason };
  }
  const item = original.slice(0, mostShown);
  const unclear = exposure.unclear(kind, original);
  if (unclear !== undefined) return { item, reason: `rules cannot decide on its URI: ${unclear}` };
  if (!exposure.shows(kind, original)) return undefined;
  const exposed = exposure.nameOf(kind, original);
  if ('reason' in exposed) return { item, reason: exposed.reason };
  const { name, claim, fault } = exposed;
  const taskOnly = kind === 'tool' && needsTask(raw, members);
  if (taskOnly && !(modern && tasks)) {
    return {
      item,
      reason: 'it can only be called as a task, which its server does not serve here',
    };
  }
  const params = kind === 'tool' ? toolParams(raw, members, modern) : undefined;
  const wrong = params !== undefined && 'reason' in params;
  if (wrong && modern) return { item, reason: params.reason };
  const own = exposure.argumentsOf(original);
  const edits = [
    { span: named.value, replacement: encodeString(name) },
    ...(kind === 'tool'
      ? toolEdits(raw, span, members, exposure.descriptionOf(original), taskOnly)
      : []),
    ...(kind === 'tool' && own !== undefined ? schemaEdits(raw, members, own) : []),
    ...metaUriEdits(raw, members, (uri) => exposure.exposeUri(uri)),
  ];
  const mirrored = wrong ? undefined : params;
  const prepared = { name, original, claim, fault, raw: splice(raw, edits), params: mirrored };
  return taskOnly ? { ...prepared, taskOnly } : prepared;
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
  const folded = foldKey(key);
  const same = members.filter((member) => foldKey(member.key) === folded);
  return same.length === 1 && same[0]!.key === key ? same[0] : undefined;
}

function readObject(item: RawJson, depth = maxDepth): { span?: Span; tooDeep: boolean } {
  try {
    const span = validateJson(item, { maxDepth: depth });
    return { ...(item[span.start] === 0x7b ? { span } : {}), tooDeep: depth > maxDepth };
  } catch (error) {
    // Read once more for its name: an operator is told which it is.
    return error instanceof NestingError && depth === maxDepth
      ? readObject(item, deepest)
      : { tooDeep: false };
  }
}

function unnamed(reason: string): RefusedItem {
  return { item: '?', reason };
}
