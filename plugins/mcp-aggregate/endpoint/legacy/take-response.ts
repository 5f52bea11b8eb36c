import { decodeString } from '../../../../lib/json/members.js';
import type { ResponseEnvelope, Span } from '../../../../lib/json/types.js';
import { log } from '../../../../lib/log.js';
import type { AskAnswer } from '../../core/calls/call.js';
import type { Asks } from '../questions/asks.js';
import type { CallScope } from '../requests/in-flight.js';

/**
 * Takes a client's response to the question it answers. One that answers nothing, comes late or
 * from another session is dropped: the client cannot tell, and is told nothing.
 */
export function takeResponse(
  asks: Asks,
  scope: CallScope,
  bytes: Buffer,
  message: ResponseEnvelope,
): void {
  const { session } = scope;
  const answer = answerOf(bytes, message);
  const id = message.id && idOf(bytes, message.id);
  const taken =
    session !== undefined &&
    id !== undefined &&
    answer !== undefined &&
    asks.answer({ ...scope, session }, id, answer);
  if (!taken) log('debug', 'client_response_dropped', { endpoint: scope.endpoint });
}

function answerOf(bytes: Buffer, { result, error }: ResponseEnvelope): AskAnswer | undefined {
  if (result) return { result: bytes.subarray(result.start, result.end) };
  if (error) return { error: bytes.subarray(error.start, error.end) };
  return undefined;
}

/** Ids of ours are text. */
function idOf(bytes: Buffer, span: Span): string | undefined {
  return bytes[span.start] === 0x22 ? decodeString(bytes, span) : undefined;
}
