import {
  decodeString,
  findMember,
  objectMembers,
  TooManyMembersError,
} from '../../../../lib/json/members.js';
import { fewNamed, lastNamed } from '../../../../lib/json/named-members.js';
import type { Member, RawJson, Span } from '../../../../lib/json/types.js';
import type { InputRequest } from '../../core/calls/call.js';
import { placesOf } from '../../core/eras/result-places.js';

export type ModernResult =
  | { readonly type: 'complete' }
  | {
      readonly type: 'input_required';
      readonly requests: readonly InputRequest[];
      readonly state: RawJson | undefined;
    }
  /** Of the extension of tasks. */
  | { readonly type: 'task' }
  /** Another extension's, or none at all. */
  | { readonly type: 'unknown' };

/** Questions of one result. */
const mostRequests = 16;

/**
 * Reads a result by its `resultType` (requirement H21); one without it is complete.
 * @param places where its members stand, where that is known
 */
export function readModernResult(raw: RawJson, places = placesOf(raw)): ModernResult {
  const members = places;
  if (members === undefined) return { type: 'unknown' };
  const type = textOf(raw, findMember(members, 'resultType')) ?? 'complete';
  if (type === 'complete' || type === 'task') return { type };
  if (type !== 'input_required') return { type: 'unknown' };
  const requests = readRequests(raw, findMember(members, 'inputRequests'));
  const state = findMember(members, 'requestState');
  const usable = requests !== undefined && (requests.length > 0 || state?.kind === 'string');
  if (!usable) return { type: 'unknown' };
  return { type, requests, state: state?.kind === 'string' ? slice(raw, state.value) : undefined };
}

/** The questions of a task, as `tasks/get` answers them; undefined where they cannot be read. */
export function readTaskAsks(raw: RawJson): readonly InputRequest[] | undefined {
  const members = fewNamed(raw, { start: 0, end: raw.length }, 1, 'inputRequests');
  return members && readRequests(raw, members[0]);
}

function readRequests(raw: RawJson, member: Member | undefined): InputRequest[] | undefined {
  if (member === undefined) return [];
  if (member.kind !== 'object') return undefined;
  const entries = entriesOf(raw, member.value);
  if (entries === undefined) return undefined;
  const requests = entries.map((entry) => readRequest(raw, entry));
  return requests.every((request) => request !== undefined) ? requests : undefined;
}

function readRequest(raw: RawJson, { key, kind, value }: Member): InputRequest | undefined {
  if (kind !== 'object') return undefined;
  const members = lastNamed(raw, value, 'method', 'params');
  const method = textOf(raw, findMember(members, 'method'));
  const params = findMember(members, 'params');
  if (method === undefined) return undefined;
  return { key, method, params: params?.kind === 'object' ? slice(raw, params.value) : undefined };
}

function entriesOf(raw: RawJson, span: Span): readonly Member[] | undefined {
  try {
    return objectMembers(raw, span, mostRequests);
  } catch (error) {
    if (error instanceof TooManyMembersError) return undefined;
    throw error;
  }
}

function textOf(raw: RawJson, member: Member | undefined): string | undefined {
  return member?.kind === 'string' ? decodeString(raw, member.value) : undefined;
}

function slice(raw: RawJson, span: Span): RawJson {
  return raw.subarray(span.start, span.end);
}
