import { quotedString } from './quoted-string.js';

/** Error codes of RFC 6750 §3.1. */
export type BearerError = 'invalid_request' | 'invalid_token' | 'insufficient_scope';

export interface Challenge {
  /** Absent where the request carried no token at all (RFC 6750 §3.1). */
  readonly error?: BearerError;
  readonly description?: string;
  readonly resourceMetadata: string;
  /** Scopes to ask for; none leaves the parameter out. */
  readonly scopes: readonly string[];
}

/** The `WWW-Authenticate` value of RFC 6750 §3 with RFC 9728 §5.1's `resource_metadata`. */
export function challengeHeader(challenge: Challenge): string {
  const parameters: [string, string][] = [];
  if (challenge.error !== undefined) parameters.push(['error', challenge.error]);
  if (challenge.description !== undefined) {
    parameters.push(['error_description', challenge.description]);
  }
  parameters.push(['resource_metadata', challenge.resourceMetadata]);
  if (challenge.scopes.length > 0) parameters.push(['scope', challenge.scopes.join(' ')]);
  const list = parameters.map(([name, value]) => `${name}=${quotedString(value)}`);
  return `Bearer ${list.join(', ')}`;
}

/** Why a request is refused that a token with more scopes could make. */
export const lacksScope = 'the token lacks a scope this request needs';

/** The value of `WWW-Authenticate` that asks for `scopes`, which the token lacks. */
export function scopeChallenge(resourceMetadata: string, scopes: readonly string[]): string {
  const error = 'insufficient_scope';
  return challengeHeader({ error, description: lacksScope, resourceMetadata, scopes });
}
