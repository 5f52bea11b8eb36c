import { sameDigest } from './same-digest.js';
import type { ProofRefusal } from './proof-refusal.js';
import { targetUri } from './target-uri.js';

type Members = Readonly<Record<string, unknown>>;

/** What a proof has to speak of. */
export interface ProvedRequest {
  readonly method: string;
  /** Address of the request as `targetUri` writes it; undefined where it has no such form. */
  readonly target: string | undefined;
  /** SHA-256 of the access token, in base64url. */
  readonly tokenDigest: string;
}

const mostJtiChars = 512;

/** Checks the claims of a proof but for its time; undefined where they hold (RFC 9449 section 4.3). */
export function proofClaimsRefusal(
  claims: Members,
  { method, target, tokenDigest }: ProvedRequest,
): ProofRefusal | undefined {
  const { jti, htm, htu, ath, iat } = claims;
  if (!isText(jti) || jti === '' || jti.length > mostJtiChars) return 'claims';
  if (!isText(htm) || !isText(htu) || !isText(ath) || !isTime(iat)) return 'claims';
  if (htm !== method) return 'method';
  if (target === undefined || targetUri(htu) !== target) return 'target';
  return sameDigest(ath, tokenDigest) ? undefined : 'token';
}

export interface TimeRules {
  readonly lifetimeSeconds: number;
  /** When the nonce of the proof was given out, in seconds; undefined where none is needed. */
  readonly nonceAt: number | undefined;
}

/**
 * When a proof ends, in seconds since the epoch; undefined where it does not count now. It was made
 * when its nonce was given out, else when its `iat` says: where there are nonces the client's clock
 * does not count (RFC 9449 section 4.3, 11). `exp` and `nbf` hold where they are.
 */
export function proofEnd(claims: Members, rules: TimeRules, now: number): number | undefined {
  const { exp = Infinity, nbf = -Infinity } = claims;
  const madeAt = rules.nonceAt ?? Number(claims['iat']);
  if (Math.abs(now - madeAt) > rules.lifetimeSeconds) return undefined;
  if (typeof exp !== 'number' || typeof nbf !== 'number') return undefined;
  return exp > now && nbf <= now + rules.lifetimeSeconds
    ? madeAt + rules.lifetimeSeconds
    : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
