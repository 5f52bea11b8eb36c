import { McpError } from '../../../../lib/errors/errors.js';
import { messagesOf, readMessage, withId } from '../../../../lib/json/envelope.js';
import type { ReadMessage } from '../../../../lib/json/envelope.js';
import { findMember } from '../../../../lib/json/members.js';
import { removals, splice } from '../../../../lib/json/splice.js';
import type { Edit } from '../../../../lib/json/splice.js';
import type { RequestEnvelope } from '../../../../lib/json/types.js';
import { calls, isOwnTool, ownTools, readInnerCall } from '../../../../lib/protocol/own-tools.js';
import type { Discovery } from './discovery.js';

/** A body and what was read in it. */
export interface ReadBody {
  readonly bytes: Buffer;
  readonly read: ReadMessage;
}

/** The same as it is decided on and served. */
export interface PlainBody extends ReadBody {
  /** Whether its client has called a tool by way of `call_tool`. */
  readonly unwrapped: boolean;
}

/**
 * Makes of a call of `call_tool` the call that it stands for, so that nothing that comes after could
 * tell the two apart: the tool's name and arguments keep their bytes, and so does the rest of the body.
 * The same in the access phase and where it is served.
 * @param discovery undefined where `call_tool` is no tool of the gateway's
 * @throws RefusedMessageError `invalid_params` where it does not say what to call;
 *   `invalid_request` where parsers could differ
 */
export function unwrapCall({ bytes, read }: ReadBody, discovery: Discovery | undefined): PlainBody {
  const same = { bytes, read, unwrapped: false };
  if (discovery === undefined) return same;
  const message = messagesOf(read).find((one) => calls(one, ownTools.call));
  if (message?.kind !== 'request') return same;
  return withId(bytes, message, () => {
    const plain = splice(bytes, editsOf(bytes, message));
    return { bytes: plain, read: readMessage(plain), unwrapped: true };
  });
}

/** @throws McpError */
function editsOf(bytes: Buffer, { params }: RequestEnvelope): Edit[] {
  const inner = readInnerCall(bytes, params!);
  const { text, span } = inner.name;
  if (isOwnTool(text)) {
    const why = `${ownTools.call} calls tools that ${ownTools.search} finds, not ${text}`;
    throw new McpError('invalid_params', why);
  }
  const given = findMember(params!.members, 'arguments')!;
  const own = inner.arguments?.value;
  return [
    { span: params!.name!.span, replacement: bytes.subarray(span.start, span.end) },
    ...(own === undefined
      ? removals(bytes, [given])
      : [{ span: given.value, replacement: bytes.subarray(own.start, own.end) }]),
  ];
}
