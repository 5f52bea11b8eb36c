import { lastNamed } from '../../../../lib/json/named-members.js';
import { findMember } from '../../../../lib/json/members.js';
import { mayHold } from '../../../../lib/json/may-hold.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { CallEvent } from '../calls/call.js';

/** A longer result is not looked into: no tool says in so many words that it failed. */
const mostRead = 65_536;

/**
 * The class of the error that a call ended with, as `error.type` has it: the code of a JSON-RPC error,
 * `tool_error` for a result that says so of itself, a code of this gateway; undefined where it went
 * well.
 */
export function errorTypeOf(last: CallEvent): string | undefined {
  if (last.type === 'done') return saysError(last.result) ? 'tool_error' : undefined;
  if (last.type !== 'fail') return undefined;
  const { failure } = last;
  return failure.kind === 'local' ? failure.code : rpcCodeOf(failure.error);
}

/** @param error a JSON-RPC error object, whose code is an integer by now */
function rpcCodeOf(error: RawJson): string {
  const whole = { start: 0, end: error.length };
  const code = findMember(lastNamed(error, whole, 'code'), 'code');
  const text = code && error.toString('latin1', code.value.start, code.value.end);
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? text : 'error';
}

function saysError(result: RawJson): boolean {
  if (result.length > mostRead || !mayHold(result, 'isError"')) return false;
  const whole = { start: 0, end: result.length };
  const said = findMember(lastNamed(result, whole, 'isError'), 'isError');
  return said?.kind === 'boolean' && result[said.value.start] === 0x74;
}
