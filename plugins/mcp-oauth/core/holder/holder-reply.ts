import type { ChallengeError, Scheme } from '../../../../lib/http/challenge.js';
import { refuseToken } from '../challenge/challenges.js';
import type { ChallengeRules } from '../challenge/challenges.js';
import { refusals } from '../challenge/refusal.js';
import { errorReply } from '../challenge/reply.js';
import type { Reply } from '../challenge/reply.js';
import type { HolderVerdict } from './check-holder.js';
import { proofRefusals } from './proof-refusal.js';

export interface HolderReplyRules extends ChallengeRules {
  readonly challengeScopes: readonly string[];
}

const retryAfterSeconds = 5;
const nonceNeeded = 'the proof needs the nonce of the header DPoP-Nonce';

/** The answer to a request whose sender has not shown to hold the token's key (RFC 9449 section 7.1). */
export function holderReply(
  rules: HolderReplyRules,
  scheme: Scheme,
  verdict: Exclude<HolderVerdict, { readonly kind: 'proved' }>,
): Reply {
  const refuse = (error: ChallengeError, description: string, more = {}): Reply => {
    const fault = { error, description, scopes: rules.challengeScopes };
    const headers = { 'WWW-Authenticate': refuseToken(rules, scheme, fault), ...more };
    return errorReply(401, error, description, headers);
  };
  switch (verdict.kind) {
    case 'token':
      return { ...refuse('invalid_token', refusals[verdict.reason]), reason: verdict.reason };
    case 'proof':
      return {
        ...refuse('invalid_dpop_proof', proofRefusals[verdict.reason]),
        reason: `proof_${verdict.reason}`,
      };
    case 'nonce_needed':
      return refuse('use_dpop_nonce', nonceNeeded, { 'DPoP-Nonce': verdict.nonce });
    case 'too_many':
      return errorReply(429, 'too_many_proofs', 'too many proofs in a short time', {
        'Retry-After': String(rules.holder.dpop.lifetimeSeconds),
      });
    case 'unavailable':
      return errorReply(503, 'temporarily_unavailable', 'proofs cannot be checked now', {
        'Retry-After': String(retryAfterSeconds),
      });
  }
}
