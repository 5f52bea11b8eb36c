import { quotedString } from './quoted-string.js';

/** How a token is sent: by whoever has it, or with a proof of its key (RFC 9449 §7.1). */
export type Scheme = 'Bearer' | 'DPoP';

/** Error codes of RFC 6750 §3.1, and those of RFC 9449 §7.1 for the scheme DPoP. */
export type ChallengeError =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce';

export interface Challenge {
  /** Absent where the request carried no token at all (RFC 6750 §3.1). */
  readonly error?: ChallengeError;
  readonly description?: string;
  readonly resourceMetadata: string;
  /** Scopes to ask for; none leaves the parameter out. */
  readonly scopes: readonly string[];
  /** Algorithms that proofs may be signed by; with them the scheme is DPoP, else Bearer. */
  readonly proofAlgorithms?: readonly string[] | undefined;
}

/**
 * One challenge of `WWW-Authenticate` (RFC 6750 §3, RFC 9449 §7.1), with RFC 9728 §5.1's
 * `resource_metadata`.
 */
export function challengeHeader(challenge: Challenge): string {
  const { error, description, resourceMetadata, scopes, proofAlgorithms } = challenge;
  const parameters: [string, string][] = [];
  if (error !== undefined) parameters.push(['error', error]);
  if (description !== undefined) parameters.push(['error_description', description]);
  parameters.push(['resource_metadata', resourceMetadata]);
  if (scopes.length > 0) parameters.push(['scope', scopes.join(' ')]);
  if (proofAlgorithms !== undefined) parameters.push(['algs', proofAlgorithms.join(' ')]);
  const list = parameters.map(([name, value]) => `${name}=${quotedString(value)}`);
  const scheme: Scheme = proofAlgorithms === undefined ? 'Bearer' : 'DPoP';
  return `${scheme} ${list.join(', ')}`;
}

/** Why a request is refused that a token with more scopes could make. */
export const lacksScope = 'the token lacks a scope this request needs';

/**
 * The value of `WWW-Authenticate` that asks for `scopes`, which the token lacks.
 * @param proofAlgorithms given where the token came by the scheme DPoP
 */
export function scopeChallenge(
  resourceMetadata: string,
  scopes: readonly string[],
  proofAlgorithms?: readonly string[],
): string {
  const error = 'insufficient_scope';
  return challengeHeader({
    error,
    description: lacksScope,
    resourceMetadata,
    scopes,
    proofAlgorithms,
  });
}
