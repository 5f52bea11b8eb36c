import { randomUUID } from 'node:crypto';
import { errorDetail } from '../../../lib/errors/error-detail.js';
import { log } from '../../../lib/log.js';
import { encodeArgs, exitMethod } from '../pdk/pdk-methods.js';

/** Logs a failure under a fresh random id, by which an operator finds what a client reports. */
export function logFailure(
  event: string,
  error: unknown,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  const requestId = randomUUID();
  log('error', event, { request_id: requestId, ...fields, error: errorDetail(error) });
  return requestId;
}

/**
 * The frames that end a request with 500 and say nothing but the id.
 *
 * They are also the answer to a call that cannot be read. If it was an event, Kong ends the request
 * by them. If it was anything else, Kong takes the first one for an answer, finds another sequence
 * number in it and gives up. Closing instead would make Kong retry an event for ever.
 */
export function failureFrames(requestId: string): [method: Buffer, args: Buffer] {
  const body = JSON.stringify({ message: 'An unexpected error occurred', request_id: requestId });
  const args = [500, body, { 'content-type': 'application/json' }];
  return [Buffer.from(exitMethod), encodeArgs(exitMethod, args)];
}
