import { encodeMirrored } from '../../../../lib/http/mirrored-value.js';
import { mirroredName } from '../../../../lib/http/mirrored-headers.js';
import { modernVersions } from '../../../../lib/protocol/classify.js';
import { readMessage } from '../../../../lib/json/envelope.js';
import { mostIndexed } from '../../../../lib/json/protocol-keys.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { encodeString, withMember } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { version } from '../../../../lib/version.js';
import { withMeta } from '../../core/calls/label-ask.js';

/** The version spoken to servers without sessions. */
export const spokenVersion = modernVersions[0]!;

const keyOf = (name: string): string => `io.modelcontextprotocol/${name}`;
const clientInfo = JSON.stringify({ name: 'kong-plugin-mcp', version });
const nothing = Buffer.from('{}');
/** The gateway adds members of its own to what it let in. */
const ownMembers = 2 * mostIndexed;

/** What a call says of its client, each time anew (2026-07-28, basic/index). */
export interface CallMeta {
  /** Raw `ClientCapabilities`. */
  readonly capabilities: RawJson | undefined;
  readonly logLevel: string | undefined;
}

/** `params` with the `_meta` that every modern request carries; all else keeps its bytes. */
export function modernParams(params: RawJson | undefined, meta: CallMeta): RawJson {
  const said: [string, string][] = [
    ['protocolVersion', encodeString(spokenVersion)],
    ['clientInfo', clientInfo],
    ['clientCapabilities', (meta.capabilities ?? nothing).toString('utf8')],
  ];
  if (meta.logLevel !== undefined) said.push(['logLevel', encodeString(meta.logLevel)]);
  return said.reduce((raw, [name, value]) => withMeta(raw, keyOf(name), value), params ?? nothing);
}

/**
 * `params` of the same request once more, with what the client answered (2026-07-28,
 * basic/patterns/mrtr).
 * @param state the server's `requestState` as it stands, which goes back to it unread
 */
export function retryParams(
  params: RawJson | undefined,
  answers: ReadonlyMap<string, RawJson>,
  state: RawJson | undefined,
): RawJson {
  const parts = [...answers].map(([key, answer]) => `${encodeString(key)}:${answer.toString()}`);
  const answered = put(params ?? nothing, 'inputResponses', `{${parts.join(',')}}`);
  return state === undefined ? answered : put(answered, 'requestState', state);
}

function put(raw: RawJson, key: string, value: string | RawJson): RawJson {
  const whole = { start: 0, end: raw.length };
  return withMember(raw, whole, lastNamed(raw, whole, key), key, value);
}

/** The headers that mirror a modern request (requirements H6, H11). */
export function modernHeaders(message: Buffer): Record<string, string> {
  const read = readMessage(message, { maxMembers: ownMembers });
  if (read.kind !== 'single' || read.message.kind !== 'request') throw new TypeError('no request');
  const name = mirroredName(read.message);
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': spokenVersion,
    'mcp-method': encodeMirrored(read.message.method),
    ...(name === undefined ? {} : { 'mcp-name': encodeMirrored(name) }),
  };
}
