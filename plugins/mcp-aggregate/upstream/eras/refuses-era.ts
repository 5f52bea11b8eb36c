import { McpError } from '../../../../lib/errors/errors.js';
import { rpcCodes } from '../../../../lib/protocol/rpc-codes.js';
import { AnsweredError } from '../conversation/answer.js';
import { Refused } from '../http/answers/refusal.js';

/** Statuses by which servers say that they do not take such a request. */
const refusing: ReadonlySet<number> = new Set([400, 404, 405, 406, 410, 415, 422, 501]);

/**
 * Whether the failure of a server's first request, `server/discover` or `initialize`, says that it
 * does not speak that era. What is about the way to it, the credential or its load (401, 403, 5xx)
 * never does (mcp requirements §5).
 */
export function refusesEra(error: unknown): boolean {
  if (error instanceof AnsweredError) return error.rpcCode !== rpcCodes.internalError;
  if (error instanceof Refused) return refusing.has(error.httpStatus);
  return error instanceof McpError && error.code === 'upstream_protocol';
}
