import { andThen } from '../../../lib/flow/eventual.js';
import { userKey } from '../../../lib/identity/identity.js';
import type { Identity } from '../../../lib/identity/identity.js';
import { tokenDigest } from '../../../lib/shared-state/revocations.js';
import type { Revocations } from '../../../lib/shared-state/revocations.js';
import type { Verdict, VerifyToken } from '../core/token/verdict.js';

/** Refuses tokens that were revoked, remembered ones too: asked on each request. */
export function revocable(verify: VerifyToken, revocations: Revocations): VerifyToken {
  return (token) => andThen(verify(token), (verdict) => unlessRevoked(verdict, token, revocations));
}

function unlessRevoked(verdict: Verdict, token: string, revocations: Revocations): Verdict {
  if (verdict.kind !== 'verified' || revocations.size === 0) return verdict;
  const { identity } = verdict.caller;
  const isRevoked =
    revocations.hasToken(tokenDigest(token)) ||
    revocations.hasUser(userKey(identity), issuedAt(identity));
  return isRevoked ? { kind: 'refused', reason: 'revoked' } : verdict;
}

/** Seconds since the epoch; undefined where the token does not say. */
function issuedAt({ claims }: Identity): number | undefined {
  const { iat } = claims;
  return typeof iat === 'number' ? iat : undefined;
}
