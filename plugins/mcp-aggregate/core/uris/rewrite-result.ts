import { eachItem } from '../../../../lib/json/members.js';
import { namedMembers } from '../../../../lib/json/named-members.js';
import { splice } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { Member, RawJson, Span } from '../../../../lib/json/types.js';
import { blockEdits, metaUriEdits, objects, objectsIn, uriEdits } from './uri-edits.js';
import type { Expose } from './uri-edits.js';
import { UriKeys } from './uri-keys.js';
import { taskMethods } from '../../../../lib/protocol/tasks.js';
import { methods } from '../../../../lib/protocol/methods.js';

/** More than any honest result has; each makes the result longer, and takes its time. */
const mostEdits = 250_000;

/** Of a result or an error: where URIs stand. */
const topMembers = ['content', 'messages', 'contents', 'data', '_meta'] as const;

/** A result has more URIs than are rewritten. */
export class TooManyUris extends RangeError {
  constructor() {
    super(`more than ${mostEdits} URIs`);
    this.name = 'TooManyUris';
  }
}

/** Whether results of this method have URIs to be replaced. */
export function hasUris(method: string): boolean {
  return Object.hasOwn(editors, method);
}

/** Whether a result may hold a URI to be replaced. */
export function mayHoldUris(method: string, raw: RawJson): boolean {
  return hasUris(method) && new UriKeys(raw).mayStandIn(0, raw.length);
}

/**
 * A server's result with the URIs that clients see; every other byte stays.
 * @throws TooManyUris
 */
export function rewriteResult(method: string, raw: RawJson, expose: Expose): RawJson {
  const edit = editors[method];
  if (edit === undefined || raw[0] !== 0x7b || !mayHoldUris(method, raw)) return raw;
  const edits = edit(raw, membersOf(raw), expose);
  if (edits.length > mostEdits) throw new TooManyUris();
  return spliced(raw, edits);
}

/** A server's error object, whose `data` may name a resource. */
export function rewriteError(raw: RawJson, expose: Expose): RawJson {
  const edits = objects(membersOf(raw), 'data').flatMap((data) =>
    uriEdits(raw, namedMembers(raw, data, 'uri'), 'uri', expose),
  );
  return spliced(raw, edits);
}

/** A result of `tools/call`, or what a task says of it. */
function toolEdits(raw: RawJson, members: readonly Member[], expose: Expose): Edit[] {
  const edits = editsIn(raw, members, 'content', (block) => blockEdits(raw, block, expose));
  return edits.concat(metaUriEdits(raw, members, expose));
}

type Editor = (raw: RawJson, members: readonly Member[], expose: Expose) => Edit[];

const editors: Readonly<Record<string, Editor>> = {
  [methods.callTool]: toolEdits,
  [taskMethods.get]: (raw, _members, expose) => {
    const members = namedMembers(raw, { start: 0, end: raw.length }, 'result');
    return objects(members, 'result').flatMap((result) =>
      toolEdits(raw, namedMembers(raw, result, ...topMembers), expose),
    );
  },
  [methods.getPrompt]: (raw, members, expose) =>
    editsIn(raw, members, 'messages', (message) => {
      const inner = namedMembers(raw, message, 'content');
      const blocks = [...objects(inner, 'content'), ...objectsIn(raw, inner, 'content')];
      return blocks.flatMap((block) => blockEdits(raw, block, expose));
    }),
  [methods.readResource]: (raw, members, expose) =>
    editsIn(raw, members, 'contents', (content) =>
      uriEdits(raw, namedMembers(raw, content, 'uri'), 'uri', expose),
    ),
};

/** Edits of the objects in the arrays `key`; those that certainly hold no URI are passed over. */
function editsIn(
  raw: RawJson,
  members: readonly Member[],
  key: string,
  editsOf: (object: Span) => readonly Edit[],
): Edit[] {
  const keys = new UriKeys(raw);
  const edits: Edit[] = [];
  for (const member of members) {
    if (member.key !== key || member.kind !== 'array') continue;
    eachItem(raw, member.value, (start, end) => {
      if (raw[start] !== 0x7b || !keys.mayStandIn(start, end)) return;
      for (const edit of editsOf({ start, end })) edits.push(edit);
      if (edits.length > mostEdits) throw new TooManyUris();
    });
  }
  return edits;
}

function membersOf(raw: RawJson): Member[] {
  return namedMembers(raw, { start: 0, end: raw.length }, ...topMembers);
}

function spliced(raw: RawJson, edits: readonly Edit[]): RawJson {
  return edits.length === 0 ? raw : splice(raw, edits);
}
