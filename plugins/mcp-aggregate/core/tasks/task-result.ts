import { McpError } from '../../../../lib/errors/errors.js';
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

/**
 * The task that a server gives in place of a result.
 * @throws McpError `upstream_protocol` where it does not name exactly one
 */
export function createdTask(server: string, raw: RawJson): CreatedTask {
  const whole = { start: 0, end: raw.length };
  const members = fewNamed(raw, whole, 2, 'taskId', 'ttlMs') ?? [];
  const [named, another] = members.filter(({ key }) => key === 'taskId');
  const id = named?.kind === 'string' ? decodeString(raw, named.value) : '';
  if (id === '' || another !== undefined || !isWellFormedText(id)) {
    throw new McpError('upstream_protocol', `server ${server} gave a task without an id`, {
      server,
    });
  }
  const ttl = findMember(members, 'ttlMs');
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
