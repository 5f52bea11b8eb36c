import { encodeMirrored } from '../../../../lib/http/mirrored-value.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { findMember } from '../../../../lib/json/members.js';
import { encodeString, withMembers } from '../../../../lib/json/splice.js';
import type { Member, RawJson } from '../../../../lib/json/types.js';
import { modernVersions } from '../../../../lib/protocol/classify.js';
import { tasksExtension } from '../../../../lib/protocol/tasks.js';
import { version } from '../../../../lib/version.js';
import type { InputGiven } from '../../core/calls/call.js';
import type { LineRequest } from '../conversation/link.js';

/** The version spoken to servers without sessions. */
export const spokenVersion = modernVersions[0]!;

const keyOf = (name: string): string => `io.modelcontextprotocol/${name}`;
const metaKeys = ['protocolVersion', 'clientInfo', 'clientCapabilities', 'logLevel'].map(keyOf);
const clientInfo = JSON.stringify({ name: 'kong-plugin-mcp', version });
const nothing = Buffer.from('{}');
const declaredTasks = JSON.stringify({ [tasksExtension]: {} });

type Entry = readonly [key: string, rawValue: RawJson | string];

/**
 * `params` as a server without sessions wants them: with the `_meta` that every request carries, and
 * with what the client answered where it is asked once more (basic/index, basic/patterns/mrtr). All
 * else keeps its bytes.
 * @param tasks whether the server is told that its client takes tasks
 */
export function modernParams(request: LineRequest, tasks = false): RawJson {
  const raw = request.params ?? nothing;
  const whole = { start: 0, end: raw.length };
  const { input } = request;
  const wanted = input ? ['_meta', 'inputResponses', 'requestState'] : ['_meta'];
  const members = lastNamed(raw, whole, ...wanted);
  const entries: Entry[] = [['_meta', withOwnMeta(raw, members, metaOf(request, tasks))]];
  if (input) entries.push(...inputEntries(input));
  return withMembers(raw, whole, members, entries);
}

function metaOf(
  { capabilities = nothing, logLevel }: LineRequest,
  tasks: boolean,
): readonly Entry[] {
  const entries: Entry[] = [
    [metaKeys[0]!, encodeString(spokenVersion)],
    [metaKeys[1]!, clientInfo],
    [metaKeys[2]!, tasks ? withTasks(capabilities) : capabilities],
  ];
  if (logLevel !== undefined) entries.push([metaKeys[3]!, encodeString(logLevel)]);
  return entries;
}

/** @param capabilities of the members that the gateway packs, extensions not among them */
function withTasks(capabilities: RawJson): RawJson {
  const whole = { start: 0, end: capabilities.length };
  return withMembers(capabilities, whole, [], [['extensions', declaredTasks]]);
}

function withOwnMeta(raw: RawJson, members: readonly Member[], entries: readonly Entry[]): RawJson {
  const meta = findMember(members, '_meta');
  const own = meta?.kind === 'object' ? raw.subarray(meta.value.start, meta.value.end) : nothing;
  const whole = { start: 0, end: own.length };
  return withMembers(own, whole, lastNamed(own, whole, ...metaKeys), entries);
}

/** The server's state goes back to it as it stands. */
function inputEntries({ answers, state }: InputGiven): Entry[] {
  const entries: Entry[] = [];
  if (answers.size > 0 || state === undefined) {
    const parts = [...answers].map(([key, answer]) => `${encodeString(key)}:${answer.toString()}`);
    entries.push(['inputResponses', `{${parts.join(',')}}`]);
  }
  if (state !== undefined) entries.push(['requestState', state]);
  return entries;
}

/** The headers that mirror such a request (requirements H6, H11, H13). */
export function modernHeaders({
  method,
  mirrored,
  paramHeaders,
  forwarded,
}: LineRequest): Record<string, string> {
  return {
    ...forwarded,
    ...paramHeaders,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'accept-encoding': 'identity',
    'mcp-protocol-version': spokenVersion,
    'mcp-method': encodeMirrored(method),
    ...(mirrored === undefined ? {} : { 'mcp-name': encodeMirrored(mirrored) }),
  };
}
