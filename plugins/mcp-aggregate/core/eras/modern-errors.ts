import { errorTable, McpError } from '../../../../lib/errors/errors.js';
import { findMember } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { rpcCodes } from '../../../../lib/protocol/rpc-codes.js';
import type { Failure } from '../calls/call.js';

const statusOf: ReadonlyMap<number, number> = new Map([
  [rpcCodes.methodNotFound, 404],
  [rpcCodes.headerMismatch, 400],
  [rpcCodes.missingCapability, 400],
  [rpcCodes.unsupportedVersion, 400],
]);

/** HTTP status of a call's failure for a client without sessions (requirements H8, H10). */
export function modernStatus(failure: Failure): number {
  if (failure.kind === 'answered') return statusOf.get(codeOf(failure.error)) ?? 200;
  const { status, rpc } = errorTable[failure.code];
  return statusOf.get(rpc) ?? status;
}

/** An error of the gateway as such a client gets it: a missing resource is a wrong parameter (H20). */
export function asModernError(error: McpError): McpError {
  const { code, message, data } = error;
  return code === 'unknown_resource' ? new McpError('missing_resource', message, data) : error;
}

function codeOf(error: RawJson): number {
  const whole = { start: 0, end: error.length };
  const member = findMember(lastNamed(error, whole, 'code'), 'code');
  return member === undefined
    ? NaN
    : Number(error.toString('latin1', member.value.start, member.value.end));
}
