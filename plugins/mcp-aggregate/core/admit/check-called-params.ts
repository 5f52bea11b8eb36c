import { McpError } from '../../../../lib/errors.js';
import { RefusedMessageError } from '../../../../lib/json/envelope.js';
import { methods } from '../../../../lib/protocol/methods.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { Envelope } from '../../../../lib/json/types.js';
import type { Router } from '../calls/router.js';
import { checkParamHeaders } from '../params/check-param-headers.js';

/**
 * Checks what Kong's plugins may go by in the headers of a call, where its tool is known already; the
 * aggregator checks once more.
 * @param bytes that `message` was read from
 * @throws RefusedMessageError as `checkParamHeaders`
 */
export function checkCalledParams(
  router: Router,
  message: Envelope | undefined,
  bytes: Buffer,
  headers: HeaderRecord,
): void {
  if (message?.kind !== 'request' || message.method !== methods.callTool) return;
  const name = message.params?.name?.text;
  const mirrored = name === undefined ? undefined : router.paramsOf(name);
  if (mirrored === undefined) return;
  try {
    checkParamHeaders(mirrored, headers, bytes, message.params);
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    throw new RefusedMessageError(error, bytes.toString('utf8', message.id.start, message.id.end));
  }
}
