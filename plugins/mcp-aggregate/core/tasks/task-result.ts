import { decodeString, findMember, isWellFormedText } from '../../../../lib/json/members.js';
import { fewNamed, namedMembers } from '../../../../lib/json/named-members.js';
import { encodeString, splice } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';

/** What a `CreateTaskResult` says of its task. */
export interface CreatedTask {
  readonly id: string;
  /** Milliseconds; undefined where it has no end. */
  readonly ttlMs: number | undefined;
}

/** Undefined where the result names no task, or more than one. */
export function createdTask(raw: RawJson): CreatedTask | undefined {
  const members = fewNamed(raw, { start: 0, end: raw.length }, 2, 'taskId', 'ttlMs');
  const named = members && findMember(members, 'taskId');
  if (named?.kind !== 'string' || members!.filter(({ key }) => key === 'taskId').length > 1) {
    return undefined;
  }
  const id = decodeString(raw, named.value);
  if (id === '' || !isWellFormedText(id)) return undefined;
  const ttl = findMember(members!, 'ttlMs');
  const isNumber = ttl?.kind === 'number';
  const ttlMs = isNumber
    ? Number(raw.toString('latin1', ttl.value.start, ttl.value.end))
    : undefined;
  return { id, ttlMs };
}

/** The result, or the params of a notification, with the id that the client knows its task by. */
export function withTaskId(raw: RawJson, id: string): RawJson {
  const replacement = encodeString(id);
  const named = namedMembers(raw, { start: 0, end: raw.length }, 'taskId');
  return splice(
    raw,
    named.map(({ value }) => ({ span: value, replacement })),
  );
}
