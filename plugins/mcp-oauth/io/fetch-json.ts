import { boundedRequest } from '../../../lib/outbound/bounded-request.js';
import type { BoundedRequest } from '../../../lib/outbound/bounded-request.js';
import { OutboundError, placeOf } from '../../../lib/outbound/outbound-error.js';
import { replyJson } from '../../../lib/outbound/reply-json.js';
import type { Fetch } from '../../../lib/outbound/outbound-fetch.js';
import { IssuerUnavailable } from './issuer-unavailable.js';

/** The server answered, but not with a usable document: another address may still have it. */
export class NoDocument extends IssuerUnavailable {
  /** What it answered, where that was another status than 200. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/**
 * Fetches one JSON document: status 200, no redirects, at most 1 MiB and 5,000 members, within the
 * request's signal.
 * @throws IssuerUnavailable naming the address without its query
 */
export async function fetchJson(url: URL, fetch: Fetch, request: BoundedRequest): Promise<unknown> {
  const place = placeOf(url);
  const { status, text } = await reply(url, fetch, request);
  if (status !== 200) throw new NoDocument(`${place} answered ${String(status)}`, { status });
  try {
    return replyJson(text);
  } catch {
    throw new NoDocument(`${place} answered something that is not JSON, or too intricate`);
  }
}

async function reply(url: URL, fetch: Fetch, request: BoundedRequest) {
  const headers = { accept: 'application/json, application/jwk-set+json', ...request.headers };
  try {
    return await boundedRequest(fetch, url, { ...request, headers });
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    const { code, message: why } = error;
    throw code === 'too_large'
      ? new NoDocument(why, { cause: error })
      : new IssuerUnavailable(why, { cause: error });
  }
}
