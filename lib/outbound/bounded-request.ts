import { spanned } from '../tracing/spanned.js';
import type { SpanContext } from '../tracing/tracing.js';
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
  /** What for, in a word, where it is traced. */
  readonly purpose?: string;
  /** For whom, where it is one request's alone and that is traced. */
  readonly parent?: SpanContext | undefined;
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
  return spanned(
    () => requestSpan(url, request),
    async (span) => {
      const reply = await replyTo(fetch, url, request);
      span?.set({ 'http.response.status_code': reply.status });
      return reply;
    },
  );
}

/** By OpenTelemetry's conventions for HTTP; its URL without a query. */
function requestSpan(url: URL, { method = 'GET', purpose, parent }: BoundedRequest) {
  const name = purpose === undefined ? method : `${method} ${purpose}`;
  const attributes = {
    'http.request.method': method,
    'server.address': url.hostname,
    'server.port': url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    'url.full': placeOf(url),
  };
  return { name, kind: 'client', attributes, parent } as const;
}

async function replyTo(fetch: Fetch, url: URL, request: BoundedRequest): Promise<BoundedReply> {
  const { signal, maxBytes = maxReplyBytes, method, headers, body } = request;
  const given = {
    ...(method && { method }),
    ...(headers && { headers }),
    ...(body === undefined ? {} : { body }),
  };
  try {
    const response = await fetch(url, { ...given, signal, redirect: 'manual' });
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
