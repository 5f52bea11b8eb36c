import type { Identity } from '../../../../lib/identity/identity.js';
import type { Refusal } from '../challenge/refusal.js';
import { bindingOf, isProvable } from '../holder/binding.js';
import type { HolderConfig } from '../holder/holder-config.js';
import { grantedScopes } from './scopes.js';
import type { ClaimRules } from './token-config.js';
import type { TokenType } from './token-header.js';

type Claims = Readonly<Record<string, unknown>>;

const maxNameLength = 512;
const idTokenClaims = ['nonce', 'at_hash', 'c_hash'];
// Where the client's id stands: RFC 9068 and RFC 7662, OpenID Connect, Okta, Entra ID.
const clientClaims = ['client_id', 'azp', 'cid', 'appid'];
// What some issuers call the kind of a token: Keycloak, Cognito and Hydra, RFC 7662.
const kindClaims = ['typ', 'token_use', 'token_type'];
const accessKind = /^(?:bearer|access|access_token|at\+jwt|jwt)$/i;
// Keycloak and introspection answers (RFC 9449 section 6.2) call tokens with a proof's key so.
const boundKind = /^(?:bearer|access|access_token|at\+jwt|jwt|dpop)$/i;
// Control characters have no place in a name; lone surrogates would all hash alike.
const unfit = /[\p{Cc}\p{Cs}]/u;

export type ClaimsResult =
  | { readonly ok: true; readonly identity: Identity & { readonly expiresAt: number } }
  | { readonly ok: false; readonly reason: Refusal };

/**
 * Reads the identity out of claims whose signature, issuer, audience and times hold, refusing what
 * a JWT library leaves open: infinite times, ID and refresh tokens, tokens bound to what cannot be
 * proved here, misshaped names, clients that are not allowed.
 */
export function identityOf(
  claims: Claims,
  type: TokenType,
  token: string,
  rules: ClaimRules,
): ClaimsResult {
  const reason =
    claimsRefusal(claims, type, rules.holder) ?? clientRefusal(claims, rules.allowedClients);
  if (reason !== undefined) return { ok: false, reason };
  const clientId = clientsOf(claims)[0] ?? '';
  const subject = name(claims['sub']) ?? clientId;
  return {
    ok: true,
    identity: {
      issuer: String(claims['iss']),
      subject,
      clientId,
      scopes: grantedScopes(claims, rules.scopeClaims),
      claims,
      expiresAt: Number(claims['exp']),
      token,
    },
  };
}

function claimsRefusal(claims: Claims, type: TokenType, holder: HolderConfig): Refusal | undefined {
  const binding = bindingOf(claims);
  if (!isProvable(binding, holder)) return 'key_bound';
  if (type !== 'at+jwt' && idTokenClaims.some((claim) => Object.hasOwn(claims, claim))) {
    return 'type';
  }
  const kinds = binding.jkt === undefined ? accessKind : boundKind;
  if (kindClaims.some((claim) => !names(kinds, claims[claim]))) return 'type';
  if (!Number.isFinite(claims['exp'])) return 'claims';
  const named = ['sub', ...clientClaims].filter((claim) => Object.hasOwn(claims, claim));
  if (named.length === 0) return 'claims';
  return named.every((claim) => name(claims[claim]) !== undefined) ? undefined : 'claims';
}

/** Keycloak marks ID and refresh tokens so, and RFC 7662 servers what is no bearer token. */
function names(kinds: RegExp, kind: unknown): boolean {
  return kind === undefined || (typeof kind === 'string' && kinds.test(kind));
}

function clientRefusal(claims: Claims, allowed: readonly string[]): Refusal | undefined {
  if (allowed.length === 0) return undefined;
  const clients = clientsOf(claims);
  const fit = clients.length > 0 && clients.every((client) => allowed.includes(client));
  return fit ? undefined : 'client';
}

/** The client's ids by their precedence; more than one where claims disagree. */
function clientsOf(claims: Claims): readonly string[] {
  return clientClaims.flatMap((claim) =>
    Object.hasOwn(claims, claim) ? (name(claims[claim]) ?? []) : [],
  );
}

function name(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > maxNameLength) return undefined;
  return unfit.test(value) ? undefined : value;
}
