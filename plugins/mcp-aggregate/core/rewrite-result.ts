import { mayHold } from '../../../lib/json/may-hold.js';
import { objectMembers } from '../../../lib/json/members.js';
import { splice } from '../../../lib/json/splice.js';
import type { Edit } from '../../../lib/json/splice.js';
import type { Member, RawJson } from '../../../lib/json/types.js';
import { blockEdits, metaUriEdits, objects, objectsIn, uriEdits } from './uri-edits.js';
import type { Expose } from './uri-edits.js';

/** Whether a result may hold a URI to be replaced. */
export function mayHoldUris(method: string, raw: RawJson): boolean {
  return method in editors && mayHold(raw, 'uri"', 'Uri"');
}

/** A server's result with the URIs that clients see; every other byte stays. */
export function rewriteResult(method: string, raw: RawJson, expose: Expose): RawJson {
  const edit = editors[method];
  if (edit === undefined || raw[0] !== 0x7b || !mayHoldUris(method, raw)) return raw;
  return spliced(raw, edit(raw, membersOf(raw), expose));
}

/** A server's error object, whose `data` may name a resource. */
export function rewriteError(raw: RawJson, expose: Expose): RawJson {
  const edits = objects(membersOf(raw), 'data').flatMap((data) =>
    uriEdits(raw, objectMembers(raw, data), 'uri', expose),
  );
  return spliced(raw, edits);
}

type Editor = (raw: RawJson, members: readonly Member[], expose: Expose) => Edit[];

const editors: Readonly<Record<string, Editor>> = {
  'tools/call': (raw, members, expose) => [
    ...objectsIn(raw, members, 'content').flatMap((block) => blockEdits(raw, block, expose)),
    ...metaUriEdits(raw, members, expose),
  ],
  'prompts/get': (raw, members, expose) =>
    objectsIn(raw, members, 'messages').flatMap((message) => {
      const inner = objectMembers(raw, message);
      const blocks = [...objects(inner, 'content'), ...objectsIn(raw, inner, 'content')];
      return blocks.flatMap((block) => blockEdits(raw, block, expose));
    }),
  'resources/read': (raw, members, expose) =>
    objectsIn(raw, members, 'contents').flatMap((content) =>
      uriEdits(raw, objectMembers(raw, content), 'uri', expose),
    ),
};

function membersOf(raw: RawJson): Member[] {
  return objectMembers(raw, { start: 0, end: raw.length });
}

function spliced(raw: RawJson, edits: readonly Edit[]): RawJson {
  return edits.length === 0 ? raw : splice(raw, edits);
}
