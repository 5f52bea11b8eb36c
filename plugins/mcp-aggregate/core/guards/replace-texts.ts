import { cachedKey } from '../../../../lib/json/key-cache.js';
import { decodeString } from '../../../../lib/json/members.js';
import { skipSpace } from '../../../../lib/json/scan.js';
import { skipString, skipValue } from '../../../../lib/json/skip.js';
import { encodeString, splice } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { UnfollowedAnswer } from './guard.js';
import type { GuardedSide, Replacement } from './guard.js';

interface Node {
  text: string | undefined;
  readonly below: Map<string, Node>;
}

const comma = 0x2c;
const quote = 0x22;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** What of a result a guard may replace: what the model reads, not what says how to read it. */
const inResult = /^(?:content\n\d+\n(?:resource\n)?text|structuredContent\n[^]+)$/;

/**
 * What was given with some of its texts replaced, and every other byte as it was; in one pass.
 * @param given has passed `validateJson` and `namesOnce`
 * @throws UnfollowedAnswer where a replacement is for no text, or for one that is not the guard's to replace
 */
export function replaceTexts(
  on: GuardedSide,
  given: RawJson,
  replacements: readonly Replacement[],
): RawJson {
  const root = newNode();
  for (const { path, text } of replacements) {
    if (on === 'result' && !inResult.test(path.join('\n'))) {
      throw new UnfollowedAnswer(
        'replaces something else than texts of content and structuredContent',
      );
    }
    let node = root;
    for (const name of path) {
      const next = node.below.get(name) ?? newNode();
      node.below.set(name, next);
      node = next;
    }
    if (node.text !== undefined) throw new UnfollowedAnswer('replaces one text twice');
    node.text = text;
  }
  const edits: Edit[] = [];
  collect(given, skipSpace(given, 0), root, edits);
  if (edits.length < replacements.length)
    throw new UnfollowedAnswer('replaces a text that is not there');
  return splice(given, edits);
}

function newNode(): Node {
  return { text: undefined, below: new Map() };
}

/** Answers where the value that begins at `start` ends: what it holds is read once, at any depth. */
function collect(raw: RawJson, start: number, node: Node, edits: Edit[]): number {
  const kind = raw[start];
  if (node.text !== undefined) {
    if (kind !== quote) throw new UnfollowedAnswer('replaces something else than a text');
    const end = skipString(raw, start);
    edits.push({ span: { start, end }, replacement: encodeString(node.text) });
    return end;
  }
  if (kind === openBrace) return collectMembers(raw, start, node, edits);
  if (kind === openBracket) return collectItems(raw, start, node, edits);
  return skipValue(raw, start);
}

function collectMembers(raw: RawJson, start: number, node: Node, edits: Edit[]): number {
  let i = skipSpace(raw, start + 1);
  while (raw[i] !== closeBrace) {
    const end = skipString(raw, i);
    const key = cachedKey(raw, i + 1, end - 1) ?? decodeString(raw, { start: i, end });
    const value = skipSpace(raw, skipSpace(raw, end) + 1);
    i = next(raw, below(raw, value, node.below.get(key), edits));
  }
  return i + 1;
}

function collectItems(raw: RawJson, start: number, node: Node, edits: Edit[]): number {
  // By number: texts of a hundred thousand places would cost more than all else.
  const places = new Map([...node.below].map(([name, one]) => [placeOf(name), one] as const));
  let i = skipSpace(raw, start + 1);
  for (let n = 0; raw[i] !== closeBracket; n++) {
    i = next(raw, below(raw, i, places.get(n), edits));
  }
  return i + 1;
}

function placeOf(name: string): number {
  return /^(?:0|[1-9]\d{0,9})$/.test(name) ? Number(name) : -1;
}

function below(raw: RawJson, value: number, node: Node | undefined, edits: Edit[]): number {
  return node === undefined ? skipValue(raw, value) : collect(raw, value, node, edits);
}

/** Where the next member or item begins, or the container ends. */
function next(raw: RawJson, end: number): number {
  const i = skipSpace(raw, end);
  return raw[i] === comma ? skipSpace(raw, i + 1) : i;
}
