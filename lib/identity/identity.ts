import { createHash } from 'node:crypto';

/** Who calls, as proved by mcp-oauth or by one of Kong's own authentication plugins. */
export interface Identity {
  /** `iss` of the token, or `kong` for a Kong consumer or credential. */
  readonly issuer: string;
  /** `sub` of the token, or the consumer's id; the client id where a token has no subject. */
  readonly subject: string;
  /** `client_id` or `azp` of the token; empty where there is none. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Verified claims of the token; empty for a Kong consumer. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** When the credential ends, in seconds since the epoch; absent where it does not say. */
  readonly expiresAt?: number;
  /** The verified token itself, for token exchange only. Never log it, never send it upstream. */
  readonly token?: string;
  /** `tokenDigest` of it where the token itself is left out, to hear that it is revoked. */
  readonly tokenDigest?: string;
}

/** The caller of an endpoint that allows calls without identity. */
export const anonymousIdentity: Identity = {
  issuer: '',
  subject: '',
  clientId: '',
  scopes: [],
  claims: {},
};

/** What an identity takes in memory, about: claims that were read take more than their text. */
export function identityBytes({ token = '', claims }: Identity): number {
  return 1_024 + token.length + 3 * JSON.stringify(claims).length;
}

function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${Buffer.byteLength(part)}:`);
    hash.update(part);
  }
  return hash.digest('base64url').slice(0, 32);
}

/** Stable key of a principal: issuer, subject and client (design D8). Safe to log. */
export function principalKey(identity: Identity): string {
  return digest([identity.issuer, identity.subject, identity.clientId]);
}

/**
 * Stable key of a user, whichever client they use: limits count by it, since anyone may register
 * another client (RFC 7591) to escape a count per client.
 */
export function userKey(identity: Identity): string {
  let key = userKeys.get(identity);
  if (key === undefined)
    userKeys.set(identity, (key = digest([identity.issuer, identity.subject])));
  return key;
}

/** Verified identities are kept, so the same one comes with request after request. */
const userKeys = new WeakMap<Identity, string>();

/**
 * Key of an authorization context: principal, scopes and the digest of the upstream credential
 * (design D8). It keys caches and upstream sessions, so nothing private crosses it.
 */
export function authorizationContextKey(identity: Identity, credentialDigest = ''): string {
  return digest([principalKey(identity), [...identity.scopes].sort().join(' '), credentialDigest]);
}
