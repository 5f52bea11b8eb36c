import { log } from '../../../lib/log.js';
import { clientProof } from '../../../lib/outbound/client-authentication.js';
import type { Fetch } from '../../../lib/outbound/outbound-fetch.js';
import type { IntrospectionConfig } from '../core/token/token-config.js';
import { fetchJson, NoDocument } from './fetch-json.js';
import { IssuerUnavailable } from './issuer-unavailable.js';
import { Outage } from './outage.js';

type Members = Readonly<Record<string, unknown>>;

/** What the endpoint says of a token. Rejects with IssuerUnavailable when it says nothing usable. */
export type Introspect = (token: string) => Promise<Members>;

export interface IntrospectionOptions {
  readonly introspection: IntrospectionConfig;
  /** Deadline of one request. */
  readonly timeoutMs: number;
  readonly fetch: Fetch;
  /** Clock in milliseconds. */
  readonly now: () => number;
  /** Pause after several failures in a row; default 1,000. */
  readonly retryMs?: number;
}

/** Most requests under way at once: strangers choose how many tokens they invent. */
const maxRequests = 256;
const toleratedFailures = 3;
/** Answers to what was sent, often of a firewall in front: strangers choose that. */
const aboutRequest: ReadonlySet<number> = new Set([400, 403, 406, 413, 414, 422, 431]);
const tellAgainMs = 60_000;

/** Asks an introspection endpoint (RFC 7662 §2.1). */
export function introspectionClient(options: IntrospectionOptions): Introspect {
  const { introspection, timeoutMs, now, retryMs = 1000 } = options;
  const { issuer, endpoint } = introspection;
  const outage = new Outage(now, retryMs, toleratedFailures);
  let underWay = 0;
  let toldAt = -Infinity;
  const tell = (reason: string): void => {
    toldAt = now();
    log('warn', 'introspection_failed', { issuer, reason });
  };
  return async (token) => {
    if (outage.pausing) throw new IssuerUnavailable('introspection has just failed');
    if (underWay >= maxRequests) throw new IssuerUnavailable('too many introspections under way');
    underWay += 1;
    try {
      const request = await requestFor(introspection, token, now());
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = members(
        await fetchJson(endpoint, options.fetch, { ...request, signal, purpose: 'introspection' }),
      );
      outage.succeeded();
      return answer;
    } catch (error) {
      if (!(error instanceof IssuerUnavailable)) throw error;
      // One line per outage, or a minute, not one per request.
      if (isAboutRequest(error)) {
        if (now() - toldAt >= tellAgainMs) tell(error.message);
        throw error;
      }
      if (!outage.failing) tell(error.message);
      outage.failed();
      throw error;
    } finally {
      underWay -= 1;
    }
  };
}

/** The endpoint is well, so that it need not be spared, and other tokens can be asked about. */
function isAboutRequest(error: IssuerUnavailable): boolean {
  return error instanceof NoDocument && aboutRequest.has(error.status ?? 0);
}

async function requestFor(introspection: IntrospectionConfig, token: string, now: number) {
  const proof = await clientProof(introspection.client, now);
  const form = { ...introspection.form, ...proof.form, token, token_type_hint: 'access_token' };
  return {
    method: 'POST' as const,
    headers: {
      ...introspection.headers,
      ...proof.headers,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  };
}

function members(document: unknown): Members {
  const active = (document as Members | null)?.['active'];
  if (typeof active === 'boolean') return document as Members;
  throw new IssuerUnavailable('the introspection answer does not say whether the token is active');
}
