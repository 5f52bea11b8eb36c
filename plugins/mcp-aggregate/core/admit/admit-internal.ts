import { McpError } from '../../../../lib/errors/errors.js';
import type { InternalRequest } from '../../../../lib/handles/handles.js';
import { internalHandleHeader } from '../../../../lib/handles/handles.js';
import { hopHeader } from '../../../../lib/handles/hop-mark.js';
import { kongPath } from '../../../../lib/http/kong-path.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';

/** What the route of a `route` server is shown of a request. */
export interface InternalFacts {
  readonly headers: HeaderRecord;
  readonly httpMethod: string;
  /** Normalised, without query. */
  readonly path: string;
}

/** What says whether a request is the gateway's own. */
export interface InternalProof {
  readonly redeem: (
    handle: string,
    at: Pick<InternalRequest, 'path' | 'httpMethod'>,
  ) => InternalRequest | undefined;
  readonly marked: (header: HeaderRecord[string]) => boolean;
}

/**
 * Lets in what the aggregator has sent to this very path, once (design D6).
 * @throws McpError `handle_invalid`; `loop_detected` for a request that was let in before, which has
 *   cost it its handle
 */
export function admitInternal(facts: InternalFacts, proof: InternalProof): InternalRequest {
  const handle = facts.headers[internalHandleHeader];
  // An API's path may hold escapes, which Kong undoes where they mean nothing.
  const at = { path: kongPath(facts.path), httpMethod: facts.httpMethod };
  const request = typeof handle === 'string' ? proof.redeem(handle, at) : undefined;
  if (request?.path === at.path && request.httpMethod === at.httpMethod) return request;
  if (handle === undefined) refuseMarked(facts.headers, proof.marked);
  throw new McpError(
    'handle_invalid',
    'this route is for the gateway itself: call the endpoint that lists its servers',
  );
}

/**
 * An endpoint, or a route whose handle is gone, does not serve what a `route` server has led to it.
 * @throws McpError `loop_detected`
 */
export function refuseMarked(headers: HeaderRecord, marked: InternalProof['marked']): void {
  const header = headers[hopHeader];
  if (header === undefined || !marked(header)) return;
  throw new McpError(
    'loop_detected',
    'a route server of this gateway leads back to it: give that server the path of a route of its own, with mcp-aggregate in mode internal and the MCP server as its Service',
  );
}

/** Our own headers, in whichever spelling, that end at this route. */
export function internalHeadersToClear(headers: HeaderRecord): string[] {
  return Object.keys(headers).filter(
    (name) => name.toLowerCase().replaceAll('_', '-') === internalHandleHeader,
  );
}
