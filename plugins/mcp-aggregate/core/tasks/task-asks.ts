import { mayHold } from '../../../../lib/json/may-hold.js';
import { decodeString, findMember, objectMembers } from '../../../../lib/json/members.js';
import { lastNamed, namedMembers } from '../../../../lib/json/named-members.js';
import { splice, withMember } from '../../../../lib/json/splice.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';
import { labelAsk } from '../calls/label-ask.js';
import { rewriteAsked } from '../uris/rewrite-ask.js';
import type { Expose } from '../uris/uri-edits.js';

/**
 * How a task stands, with its questions as a client is shown them: who asks, and the URIs that clients
 * see. Every other byte stays.
 * @param raw what a server answers to `tasks/get`, or tells of a task, found fit to be shown
 */
export function showTaskAsks(raw: RawJson, server: string, expose: Expose): RawJson {
  if (!mayHold(raw, 'inputRequests')) return raw;
  const asked = namedMembers(raw, { start: 0, end: raw.length }, 'inputRequests');
  const entries = asked.flatMap(({ kind, value }) =>
    kind === 'object' ? objectMembers(raw, value) : [],
  );
  const edits = entries.flatMap((entry) => {
    const replacement = shown(raw, entry, server, expose);
    return replacement === undefined ? [] : { span: entry.value, replacement };
  });
  return splice(raw, edits);
}

function shown(
  raw: RawJson,
  { key, kind, value }: Member,
  server: string,
  expose: Expose,
): RawJson | undefined {
  if (kind !== 'object') return undefined;
  const request = raw.subarray(value.start, value.end);
  const whole = { start: 0, end: request.length };
  const members = lastNamed(request, whole, 'method', 'params');
  const named = findMember(members, 'method');
  if (named?.kind !== 'string') return undefined;
  const method = decodeString(request, named.value);
  const given = findMember(members, 'params');
  const params =
    given?.kind === 'object' ? request.subarray(given.value.start, given.value.end) : undefined;
  const { params: mapped } = rewriteAsked({ key, method, params }, expose);
  return withMember(request, whole, members, 'params', labelAsk(server, method, mapped));
}
