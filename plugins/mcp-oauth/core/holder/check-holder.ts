import { andThen } from '../../../../lib/flow/eventual.js';
import type { Eventual } from '../../../../lib/flow/eventual.js';
import type { Scheme } from '../../../../lib/http/challenge.js';
import { userKey } from '../../../../lib/identity/identity.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import type { Refusal } from '../challenge/refusal.js';
import type { VerifiedToken } from '../token/verdict.js';
import { bindingOf, isProvable } from './binding.js';
import type { Binding } from './binding.js';
import { certificateDigest } from './certificate.js';
import type { HolderConfig } from './holder-config.js';
import { offeredProof } from './offered-proof.js';
import type { ProofRefusal } from './proof-refusal.js';
import { sameDigest } from './same-digest.js';
import { targetUri } from './target-uri.js';
import type { ProofVerdict, VerifyProof } from './verify-proof.js';

/** What is looked at of a request to know whether its sender holds the token's key. */
export interface HolderFacts {
  readonly headers: HeaderRecord;
  readonly method: string;
  /** As the client sent it, without query. */
  readonly path: string;
  /** nginx's `$ssl_client_escaped_cert`; asked for where such tokens are taken. */
  readonly clientCertificate?: string;
}

export interface HolderRules {
  readonly holder: HolderConfig;
  /** Scheme, host and port under which clients reach the resource. */
  readonly origin: string;
}

interface Offered {
  readonly scheme: Scheme;
  readonly token: string;
}

export type HolderVerdict =
  | Exclude<ProofVerdict, { readonly kind: 'refused' | 'other_key' }>
  /** The token must not be used so. */
  | { readonly kind: 'token'; readonly reason: Refusal }
  | { readonly kind: 'proof'; readonly reason: ProofRefusal };

/** What is wrong by the look of it, so that no token is verified for it. */
export function earlyRefusal(
  { headers }: HolderFacts,
  { holder }: HolderRules,
  { scheme }: Offered,
): Exclude<HolderVerdict, { readonly kind: 'proved' }> | undefined {
  if (scheme === 'Bearer') {
    return holder.dpop.mode === 'required' ? { kind: 'token', reason: 'scheme' } : undefined;
  }
  const offered = offeredProof(headers);
  return offered.ok ? undefined : { kind: 'proof', reason: offered.reason };
}

/**
 * Whether the sender of a verified token holds what the token is bound to. Looked at for each
 * request: a token that was verified before is not proved to be its sender's by that.
 */
export function checkHolder(
  facts: HolderFacts,
  rules: HolderRules,
  offered: Offered,
  { identity }: VerifiedToken,
  verify: VerifyProof,
): Eventual<HolderVerdict> {
  const binding = bindingOf(identity.claims);
  if (!isProvable(binding, rules.holder)) return { kind: 'token', reason: 'key_bound' };
  const reason =
    schemeRefusal(binding, offered.scheme) ??
    certificateRefusal(binding, rules.holder, facts.clientCertificate ?? '');
  if (reason !== undefined) return { kind: 'token', reason };
  if (binding.jkt === undefined) return { kind: 'proved' };
  const found = offeredProof(facts.headers);
  if (!found.ok) return { kind: 'proof', reason: found.reason };
  const asked = {
    proof: found.proof,
    token: offered.token,
    jkt: binding.jkt,
    method: facts.method,
    target: targetUri(`${rules.origin}${facts.path}`),
    owner: userKey(identity),
  };
  return andThen(verify(asked), holderVerdict);
}

function holderVerdict(verdict: ProofVerdict): HolderVerdict {
  if (verdict.kind === 'refused') return { kind: 'proof', reason: verdict.reason };
  return verdict.kind === 'other_key' ? { kind: 'token', reason: 'other_key' } : verdict;
}

function schemeRefusal({ jkt }: Binding, scheme: Scheme): Refusal | undefined {
  if (scheme === 'Bearer') return jkt === undefined ? undefined : 'proof_needed';
  return jkt === undefined ? 'not_bound' : undefined;
}

function certificateRefusal(
  { x5t }: Binding,
  { certificates }: HolderConfig,
  presented: string,
): Refusal | undefined {
  if (x5t === undefined) return certificates === 'required' ? 'certificate_needed' : undefined;
  const digest = certificateDigest(presented);
  if (digest === undefined) return 'no_certificate';
  return sameDigest(digest, x5t) ? undefined : 'other_certificate';
}
