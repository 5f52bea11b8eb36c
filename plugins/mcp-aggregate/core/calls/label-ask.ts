import { findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { encodeString, splice, withMember } from '../../../../lib/json/splice.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';

/** Member of a question's `_meta` that names the server which asks. */
const askingServerKey = 'kong-plugin-mcp/server';

/**
 * The params of a question, saying which server asks (design D13): in `_meta` for the client, and
 * for the user at the start of an elicitation's message, the one text that the protocol has the
 * client show. Every other byte stays.
 */
export function labelAsk(server: string, method: string, params: RawJson | undefined): RawJson {
  const raw = method === 'elicitation/create' && params ? labelMessage(server, params) : params;
  return withMeta(raw ?? Buffer.from('{}'), askingServerKey, encodeString(server));
}

/** What a text for the user begins with. */
export function labelOf(server: string): string {
  return `[${server}] `;
}

function labelMessage(server: string, params: RawJson): RawJson {
  const message = findMember(membersOf(params, 'message'), 'message');
  if (message?.kind !== 'string') return params;
  const inside = { start: message.value.start + 1, end: message.value.start + 1 };
  const label = encodeString(labelOf(server)).slice(1, -1);
  return splice(params, [{ span: inside, replacement: label }]);
}

/** A copy of `params` in whose `_meta` `key` is `value`. */
export function withMeta(params: RawJson, key: string, value: string): RawJson {
  const members = membersOf(params, '_meta');
  const whole = { start: 0, end: params.length };
  return withMember(params, whole, members, '_meta', metaWith(params, members, key, value));
}

/**
 * What `_meta` is once `key` in it is `value`.
 * @param members of `raw`, its `_meta` among them
 */
export function metaWith(
  raw: RawJson,
  members: readonly Member[],
  key: string,
  value: string,
): Buffer | string {
  const meta = findMember(members, '_meta');
  if (meta?.kind !== 'object') return `{${encodeString(key)}:${value}}`;
  const own = raw.subarray(meta.value.start, meta.value.end);
  return withMember(own, { start: 0, end: own.length }, membersOf(own, key), key, value);
}

function membersOf(params: RawJson, key: string): readonly Member[] {
  return lastNamed(params, { start: 0, end: params.length }, key);
}
