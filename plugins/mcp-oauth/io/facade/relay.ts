import { log } from '../../../../lib/log.js';
import { boundedRequest } from '../../../../lib/outbound/bounded-request.js';
import type { BoundedReply } from '../../../../lib/outbound/bounded-request.js';
import { OutboundError, placeOf } from '../../../../lib/outbound/outbound-error.js';
import type { Fetch } from '../../../../lib/outbound/outbound-fetch.js';
import { replyJson } from '../../../../lib/outbound/reply-json.js';
import type { Reply } from '../../core/challenge/reply.js';
import { facadeJson, issuerUnavailable, issuerUnusable } from '../../core/facade/facade-reply.js';

/** Largest answer of a token or registration endpoint, in bytes. */
const maxReplyBytes = 262_144;

export interface RelayedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Texts that no answer may hold. */
  readonly secrets: readonly string[];
}

export interface RelayOptions {
  readonly fetch: Fetch;
  readonly timeoutMs: number;
}

/**
 * Asks the issuer and hands its JSON on, byte for byte, with its status; none of its headers. What is
 * no answer of an OAuth endpoint is told as an error of this gateway's own, and so is one that holds
 * a secret.
 */
export async function relay(request: RelayedRequest, options: RelayOptions): Promise<Reply> {
  const { url, headers, body, secrets } = request;
  const place = placeOf(url);
  try {
    const signal = AbortSignal.timeout(options.timeoutMs);
    const bounds = { signal, maxBytes: maxReplyBytes, purpose: 'login' };
    const sent = { method: 'POST' as const, headers, body };
    const reply = await boundedRequest(options.fetch, url, { ...sent, ...bounds });
    const handed = handedOn(reply, secrets);
    if (handed !== undefined) return handed;
    log('warn', 'facade_answer_unusable', { place, status: reply.status });
    return reply.status >= 500 ? issuerUnavailable() : issuerUnusable();
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    log('warn', 'facade_issuer_unavailable', { place, reason: error.message });
    return error.code === 'too_large' ? issuerUnusable() : issuerUnavailable();
  }
}

function handedOn({ status, text }: BoundedReply, secrets: readonly string[]): Reply | undefined {
  const success = status >= 200 && status < 300;
  if (!success && !(status >= 400 && status < 500)) return undefined;
  if (secrets.some((secret) => text.includes(secret))) return undefined;
  // A revocation is answered without a body (RFC 7009 §2.2).
  if (success && text.trim() === '') return { ...facadeJson(status, ''), code: 'answered' };
  const members = jsonObject(text);
  if (members === undefined) return undefined;
  const { error } = members;
  if (!success && typeof error !== 'string') return undefined;
  return { ...facadeJson(status, text), code: success ? 'answered' : 'issuer_refused' };
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = replyJson(text);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
