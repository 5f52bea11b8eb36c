import type { Fetch } from './outbound-fetch.js';
import { OutboundError, placeOf } from './outbound-error.js';

/** Largest answer accepted, in bytes, unless the request says otherwise. */
const maxReplyBytes = 1_048_576;

export interface BoundedRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the wait, the answer's body included. */
  readonly signal: AbortSignal;
  readonly maxBytes?: number;
}

export interface BoundedReply {
  readonly status: number;
  readonly text: string;
}

/**
 * One request and its whole answer, bounded in time and size. Redirects are answers like any other.
 * @throws OutboundError
 */
export async function boundedRequest(
  fetch: Fetch,
  url: URL,
  request: BoundedRequest,
): Promise<BoundedReply> {
  const { signal, maxBytes = maxReplyBytes, ...rest } = request;
  try {
    const response = await fetch(url, { ...rest, signal, redirect: 'manual' });
    return { status: response.status, text: await readText(response, url, maxBytes) };
  } catch (error) {
    throw outboundError(error, url, signal);
  }
}

async function readText(response: Response, url: URL, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body = response.body as AsyncIterable<Uint8Array> | null;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (size > maxBytes) {
      const why = `${placeOf(url)} answered more than ${String(maxBytes)} bytes`;
      throw new OutboundError('too_large', why);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function outboundError(error: unknown, url: URL, signal: AbortSignal): OutboundError {
  if (error instanceof OutboundError) return error;
  // `fetch` wraps what the connection failed with.
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof OutboundError) return cause;
  return signal.aborted
    ? new OutboundError('timeout', `${placeOf(url)} did not answer in time`, { cause: error })
    : new OutboundError('unreachable', `${placeOf(url)} cannot be reached`, { cause: error });
}
