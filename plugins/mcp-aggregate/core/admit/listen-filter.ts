import { McpError } from '../../../../lib/errors/errors.js';
import { arrayItems, findMember, kindOf } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { readPlainText } from '../../../../lib/json/read-params.js';
import type { Member, ParamsEnvelope } from '../../../../lib/json/types.js';
import { methods } from '../../../../lib/protocol/methods.js';

/** What a client wants to hear of. */
export interface ListenFilter {
  /** Notifications of changed lists. */
  readonly changes: readonly string[];
  /** Resources, as the client names them, each once. */
  readonly uris: readonly string[];
  /** Tasks, likewise (ext-tasks). */
  readonly tasks: readonly string[];
}

/** Members of a filter that ask for notifications of changed lists. */
export const changeMembers: ReadonlyMap<string, string> = new Map([
  ['toolsListChanged', methods.toolsChanged],
  ['promptsListChanged', methods.promptsChanged],
  ['resourcesListChanged', methods.resourcesChanged],
]);

export const urisMember = 'resourceSubscriptions';
export const tasksMember = 'taskIds';
const mostUris = 256;
const mostTasks = 64;
const mostTextBytes = 4_096;
const trueByte = 0x74;

/**
 * The filter of `subscriptions/listen` (2026-07-28, basic/patterns/subscriptions).
 * @throws McpError `invalid_params`; `subscription_limit` for more of a kind than one stream may be about
 */
export function readListenFilter(bytes: Buffer, params: ParamsEnvelope | undefined): ListenFilter {
  const filter = params && findMember(params.members, 'notifications');
  if (filter?.kind !== 'object') throw wrong('params.notifications must be an object');
  const members = lastNamed(bytes, filter.value, ...changeMembers.keys(), urisMember, tasksMember);
  const changes: string[] = [];
  for (const [key, method] of changeMembers) {
    const member = findMember(members, key);
    if (member === undefined) continue;
    if (member.kind !== 'boolean') throw wrong(`notifications.${key} must be true or false`);
    if (bytes[member.value.start] === trueByte) changes.push(method);
  }
  return {
    changes,
    uris: readTexts(bytes, findMember(members, urisMember), mostUris),
    tasks: readTexts(bytes, findMember(members, tasksMember), mostTasks),
  };
}

function readTexts(bytes: Buffer, member: Member | undefined, most: number): readonly string[] {
  if (member === undefined) return [];
  const name = `notifications.${member.key}`;
  if (member.kind !== 'array') throw wrong(`${name} must be a list`);
  const items = arrayItems(bytes, member.value, most + 1);
  if (items.length > most) {
    const message = `${name} of one stream may hold ${most} at most: open another`;
    throw new McpError('subscription_limit', message, { limit: most });
  }
  const texts = items.map((item) => {
    if (kindOf(bytes, item) !== 'string') throw wrong(`${name} must hold texts`);
    return readPlainText(bytes, item, mostTextBytes, `a text of ${name}`, 'invalid_params');
  });
  return [...new Set(texts)];
}

function wrong(message: string): McpError {
  return new McpError('invalid_params', message);
}
