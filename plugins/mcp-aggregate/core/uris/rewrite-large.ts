import type { CallEvent, Done } from '../calls/call.js';
import { hasUris, mayHoldUris, rewriteResult, TooManyUris } from './rewrite-result.js';
import type { Served } from '../items/served.js';

/** Of links alone a result of this size takes 20 ms to rewrite. */
const largeResult = 262_144;

const searchedHere = 1_048_576;

/** Whether rewriting the result at once might hold up others. */
export function isLarge({ result }: Done): boolean {
  return result.length > largeResult;
}

/** The event with the URIs that clients see; a result made to take longer than any honest one fails. */
export function rewriteLarge(
  event: Done,
  method: string,
  { name, exposure, rewriteLarge: rewrite }: Served,
): CallEvent | Promise<CallEvent> {
  const { result } = event;
  if (!hasUris(method)) return event;
  if (rewrite === undefined) {
    const expose = (uri: string) => exposure.exposeUri(uri);
    return { ...event, result: rewriteResult(method, result, expose), places: undefined };
  }
  // Searching more takes longer than a turn of the event loop should.
  if (result.length <= searchedHere && !mayHoldUris(method, result)) return event;
  return rewrite(method, result).then(
    (rewritten) => ({ ...event, ...rewritten }),
    (error: unknown) => failed(name, error),
  );
}

function failed(server: string, error: unknown): CallEvent {
  const what =
    error instanceof TooManyUris ? `with ${error.message}` : 'that takes too long to read';
  const message = `server ${server} sent a result ${what}`;
  const data = { server };
  return { type: 'fail', failure: { kind: 'local', code: 'upstream_too_large', message, data } };
}
