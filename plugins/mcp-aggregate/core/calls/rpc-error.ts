import { errorTable, McpError } from '../../../../lib/errors/errors.js';
import { errorObject } from '../../../../lib/errors/error-body.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { Failure } from './call.js';

export { errorBody, errorObject } from '../../../../lib/errors/error-body.js';

/** A call's failure as an `error` object: the server's own as it is, ours with Kong's request id. */
export function failureObject(failure: Failure, requestId?: string): RawJson {
  if (failure.kind === 'answered') return failure.error;
  const { code, message, data } = failure;
  return errorObject(withRequestId(new McpError(code, message, data), requestId));
}

/** The error with Kong's id of the request in its data, by which logs know it. */
export function withRequestId(error: McpError, requestId: string | undefined): McpError {
  if (requestId === undefined) return error;
  const { code, message, data } = error;
  return new McpError(code, message, { ...data, request_id: requestId });
}

/** HTTP status of a call's failure where no stream has begun. */
export function failureStatus(failure: Failure): number {
  return failure.kind === 'answered' ? 200 : errorTable[failure.code].status;
}

/** Anything thrown, as what a client may be told: an unknown failure says nothing of itself. */
export function toMcpError(error: unknown): McpError {
  if (error instanceof McpError) return error;
  return new McpError('internal', 'the gateway failed; its log says more');
}
