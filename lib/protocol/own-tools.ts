import { McpError } from '../errors/errors.js';
import { findMember } from '../json/members.js';
import { keyTable, protocolMembers } from '../json/protocol-keys.js';
import { readPlainText } from '../json/read-params.js';
import type { Envelope, Member, ParamsEnvelope, RequestEnvelope, Span } from '../json/types.js';
import { methods } from './methods.js';

/** The gateway's own tools, in views that show these in place of the servers' (docs/discovery.md). */
export const ownTools = { search: 'search_tools', call: 'call_tool' } as const;

/** What `call_tool` is told to call. */
export interface InnerCall {
  readonly name: { readonly text: string; readonly span: Span };
  /** Absent where the tool is called without. */
  readonly arguments: Member | undefined;
}

const innerKeys = keyTable('name arguments');
/** As of any tool's name. */
const mostNameBytes = 1_024;

/** Whether a server's tool of this name would be taken for one of the gateway's own. */
export function isOwnTool(name: string): boolean {
  return name === ownTools.search || name === ownTools.call;
}

/** Whether a message calls the tool of this name. */
export function calls(message: Envelope, name: string): message is RequestEnvelope {
  if (message.kind !== 'request' || message.method !== methods.callTool) return false;
  return message.params?.name?.text === name;
}

/**
 * Reads what a call of `call_tool` is about. All parsers must read the same: no member twice, none in
 * another case, no other member.
 * @param bytes that `params` was read from
 * @throws McpError `invalid_params`; `invalid_request` where parsers could differ
 */
export function readInnerCall(bytes: Buffer, params: ParamsEnvelope): InnerCall {
  const given = findMember(params.members, 'arguments');
  if (given?.kind !== 'object') throw wrong('needs arguments: {"name": …, "arguments": {…}}');
  const members = protocolMembers(bytes, given.value, innerKeys, 'the arguments of call_tool');
  const name = findMember(members, 'name');
  if (name === undefined) throw wrong('needs name: the name of a tool that search_tools has found');
  if (name.kind !== 'string') throw wrong('needs name as a string');
  const other = members.find(({ key }) => key !== 'name' && key !== 'arguments');
  if (other !== undefined) {
    throw wrong('has name and arguments only: what the tool takes belongs into arguments');
  }
  const own = findMember(members, 'arguments');
  if (own !== undefined && own.kind !== 'object') {
    throw wrong('needs arguments as an object, not as text');
  }
  return { name: nameAt(bytes, name), arguments: own };
}

/**
 * The tool that a call of some server's `call_tool` seems to name, for who does not know whose it is;
 * undefined where it names none.
 * @throws McpError `invalid_request` where parsers could differ on the name; `invalid_params` where it is
 *   no plain text
 */
export function seemingInnerName(bytes: Buffer, message: Envelope): string | undefined {
  if (!calls(message, ownTools.call)) return undefined;
  const given = message.params && findMember(message.params.members, 'arguments');
  if (given?.kind !== 'object') return undefined;
  const members = protocolMembers(bytes, given.value, innerKeys, 'the arguments of call_tool');
  const name = findMember(members, 'name');
  return name?.kind === 'string' ? nameAt(bytes, name).text : undefined;
}

function nameAt(bytes: Buffer, { value }: Member): InnerCall['name'] {
  const text = readPlainText(bytes, value, mostNameBytes, '"name"', 'invalid_params');
  return { text, span: value };
}

function wrong(what: string): McpError {
  return new McpError('invalid_params', `${ownTools.call} ${what}`);
}
