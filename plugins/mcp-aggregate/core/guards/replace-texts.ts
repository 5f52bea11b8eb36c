import { arrayItems, kindOf, objectMembers } from '../../../../lib/json/members.js';
import { encodeString, splice } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { RawJson, Span } from '../../../../lib/json/types.js';
import { GuardFault } from './guard.js';
import type { GuardedSide, Replacement } from './guard.js';

interface Node {
  text: string | undefined;
  readonly below: Map<string, Node>;
}

/** What of a result a guard may replace: what the model reads, not what says how to read it. */
const inResult = /^(?:content\n\d+\n(?:resource\n)?text|structuredContent\n[^]+)$/;

/**
 * What was given with some of its texts replaced, and every other byte as it was.
 * @throws GuardFault where a replacement is for no text, or for one that is not the guard's to replace
 */
export function replaceTexts(
  on: GuardedSide,
  given: RawJson,
  replacements: readonly Replacement[],
): RawJson {
  const root = newNode();
  for (const { path, text } of replacements) {
    if (on === 'result' && !inResult.test(path.join('\n'))) {
      throw new GuardFault('replaces something else than texts of content and structuredContent');
    }
    let node = root;
    for (const name of path) {
      const next = node.below.get(name) ?? newNode();
      node.below.set(name, next);
      node = next;
    }
    if (node.text !== undefined) throw new GuardFault('replaces one text twice');
    node.text = text;
  }
  const edits: Edit[] = [];
  collect(given, { start: 0, end: given.length }, root, edits);
  if (edits.length < replacements.length) throw new GuardFault('replaces a text that is not there');
  return splice(given, edits);
}

function newNode(): Node {
  return { text: undefined, below: new Map() };
}

function collect(raw: RawJson, span: Span, node: Node, edits: Edit[]): void {
  const kind = kindOf(raw, span);
  if (node.text !== undefined) {
    if (kind !== 'string') throw new GuardFault('replaces something else than a text');
    edits.push({ span, replacement: encodeString(node.text) });
  } else if (kind === 'object') {
    for (const { key, value } of membersOf(raw, span)) {
      const below = node.below.get(key);
      if (below !== undefined) collect(raw, value, below, edits);
    }
  } else if (kind === 'array') {
    for (const [n, item] of arrayItems(raw, span).entries()) {
      const below = node.below.get(String(n));
      if (below !== undefined) collect(raw, item, below, edits);
    }
  }
}

function membersOf(raw: RawJson, span: Span) {
  try {
    return objectMembers(raw, span);
  } catch {
    throw new GuardFault('replaces a text in an object that has too many members');
  }
}
