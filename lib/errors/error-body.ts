import type { McpError } from './errors.js';
import { RefusedMessageError } from '../json/envelope.js';
import type { RawJson } from '../json/types.js';

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
