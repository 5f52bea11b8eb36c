import { JsonSyntaxError, validateJson } from '../../../../../lib/json/scan.js';
import { decodeString, objectMembers } from '../../../../../lib/json/members.js';
import type { Member, Span } from '../../../../../lib/json/types.js';
import { perKind } from '../../items/item-kinds.js';

/** Why a lockfile cannot be used, fit for an operator: no content is quoted but names of members. */
export class LockfileError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'LockfileError';
  }
}

/** What the first member of a lockfile says. */
export const lockfileFormat = 'kong-plugin-mcp/pins/1';

/** Sections by kind. */
export const sectionOf = perKind((kind) => `${kind}s` as const);

/** More bytes than a server may list. */
export const maxLockfileBytes = 67_108_864;
export const mostEntries = 50_000;

/** @throws LockfileError where it is no JSON object */
export function lockfileSpan(bytes: Buffer): Span {
  if (bytes.length > maxLockfileBytes) {
    throw new LockfileError(`it has more than ${maxLockfileBytes} bytes`);
  }
  try {
    const span = validateJson(bytes);
    if (bytes[span.start] === 0x7b) return span;
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw new LockfileError(`it is not JSON: ${error.message}`);
    throw error;
  }
  throw new LockfileError('it is not a JSON object');
}

/**
 * Members of an object of a lockfile, each once.
 * @param known the names that there may be; any where absent
 * @throws LockfileError
 */
export function membersOnce(
  bytes: Buffer,
  member: Pick<Member, 'kind' | 'value'>,
  where: string,
  known?: readonly string[],
): ReadonlyMap<string, Member> {
  if (member.kind !== 'object') throw new LockfileError(`${where} is not an object`);
  const members = new Map<string, Member>();
  for (const each of objectMembers(bytes, member.value, mostEntries)) {
    if (members.has(each.key)) throw new LockfileError(`${where} has ${named(each.key)} twice`);
    if (known?.includes(each.key) === false) {
      throw new LockfileError(`${where} has ${named(each.key)}, which is not known`);
    }
    members.set(each.key, each);
  }
  return members;
}

/** The text of a member. @throws LockfileError where it is absent, or no string */
export function textIn(
  bytes: Buffer,
  members: ReadonlyMap<string, Member>,
  key: string,
  where: string,
): string {
  const member = members.get(key);
  if (member?.kind === 'string') return decodeString(bytes, member.value);
  throw new LockfileError(`${where} needs a text "${key}"`);
}

function named(key: string): string {
  return JSON.stringify(key.slice(0, 128));
}
