import { errorTable, McpError } from '../../../lib/errors.js';
import { RefusedMessageError } from '../../../lib/json/envelope.js';
import type { RawJson } from '../../../lib/json/types.js';
import type { Failure } from './call.js';

/** The raw JSON-RPC `error` object of a failure. */
export function errorObject(error: McpError): RawJson {
  const { rpc: code, message, data } = error;
  return Buffer.from(JSON.stringify({ code, message, data }));
}

/** The body of an answer given before a message is dispatched; its id is null where none was read. */
export function errorBody(error: McpError): Buffer {
  const id = error instanceof RefusedMessageError ? error.id : 'null';
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"error":${errorObject(error).toString()}}`);
}

/** A call's failure as an `error` object: the server's own as it is. */
export function failureObject(failure: Failure): RawJson {
  if (failure.kind === 'answered') return failure.error;
  return errorObject(new McpError(failure.code, failure.message, failure.data));
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
