import type { McpError } from '../../../../lib/errors/errors.js';
import type { Fail } from './call.js';

/** A failure of this gateway as the end of a call. */
export function failed({ code, message, data }: McpError): Fail {
  return { type: 'fail', failure: { kind: 'local', code, message, ...(data ? { data } : {}) } };
}
