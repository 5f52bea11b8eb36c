import { decodeString, objectMembers } from '../../../lib/json/members.js';
import { validateJson } from '../../../lib/json/scan.js';
import { foldKey } from '../../../lib/json/protocol-keys.js';
import { encodeString, splice } from '../../../lib/json/splice.js';
import type { RawJson } from '../../../lib/json/types.js';
import { exposedName } from './names.js';

/** One tool of one server, ready to be listed. */
export interface PreparedTool {
  /** The name clients see. */
  readonly name: string;
  /** The name the server knows. */
  readonly original: string;
  /** The server's own bytes, with only the name replaced. */
  readonly raw: RawJson;
}

/** A tool that is left out, and why; said in the log, never silent (design D10). */
export interface RefusedTool {
  readonly tool: string;
  readonly reason: string;
}

export interface PreparedTools {
  readonly tools: readonly PreparedTool[];
  readonly refused: readonly RefusedTool[];
}

/** Tools prepared between two breaths, so that a huge list does not hold up other requests. */
const batchSize = 64;
/** A larger description is no use to a model, and reading it would hold up other requests. */
const maxItemBytes = 262_144;
const foldedName = foldKey('name');

/** Puts `prefix` before each name, keeping every other byte; bad and repeated items are left out. */
export async function prepareTools(
  items: readonly RawJson[],
  prefix: string,
  breathe: () => Promise<void>,
): Promise<PreparedTools> {
  const tools: PreparedTool[] = [];
  const refused: RefusedTool[] = [];
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % batchSize === 0) await breathe();
    const prepared = prepareTool(item, prefix);
    if ('reason' in prepared) refused.push(prepared);
    else if (seen.has(prepared.name)) {
      refused.push({ tool: prepared.name, reason: 'the server lists this name twice' });
    } else {
      seen.add(prepared.name);
      tools.push(prepared);
    }
  }
  return { tools, refused };
}

function prepareTool(item: RawJson, prefix: string): PreparedTool | RefusedTool {
  if (item.length > maxItemBytes) {
    return { tool: '?', reason: `the item is larger than ${maxItemBytes} bytes` };
  }
  const span = readObject(item);
  if (span === undefined) return { tool: '?', reason: 'the item is not a JSON object' };
  // Some parsers take `Name` for `name`, and would show the tool under a name that is not ours.
  const names = objectMembers(item, span).filter(({ key }) => foldKey(key) === foldedName);
  const member = names[0];
  if (names.length > 1 || member?.key !== 'name' || member.kind !== 'string') {
    return { tool: '?', reason: 'the item does not have exactly one name' };
  }
  const original = decodeString(item, member.value);
  const name = exposedName(prefix, original);
  if (name === undefined) {
    const reason = 'with its prefix the name is not 1 to 128 of A-Z a-z 0-9 _ . -';
    return { tool: original.slice(0, 128), reason };
  }
  const raw = splice(item, [{ span: member.value, replacement: encodeString(name) }]);
  return { name, original, raw };
}

function readObject(item: RawJson) {
  try {
    const span = validateJson(item);
    return item[span.start] === 0x7b ? span : undefined;
  } catch {
    return undefined;
  }
}
