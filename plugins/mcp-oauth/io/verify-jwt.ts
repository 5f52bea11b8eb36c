import { errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import type { OAuthConfig } from '../core/oauth-config.js';
import type { Refusal } from '../core/challenge/refusal.js';
import { identityOf } from '../core/token/token-claims.js';
import { headerRefusal, tokenType } from '../core/token/token-header.js';
import type { Verdict, VerifyToken } from '../core/token/verdict.js';
import { verifiedToken } from '../core/token/verified-token.js';
import { decodeToken } from './decode-token.js';
import type { KeySearch } from './issuer-keys.js';
import { IssuerUnavailable } from './issuer-unavailable.js';

/** Keys tried for a token that does not say which one signed it. */
const maxCandidates = 4;

/** A look for the key of a token among those of an issuer; undefined for one that is not configured. */
export type KeysOf = (issuer: string) => KeySearch | undefined;

/** Verifies JWT access tokens (RFC 9068) with the keys of the issuer they name. */
export function jwtVerifier(config: OAuthConfig, keysOf: KeysOf, now: () => number): VerifyToken {
  return async (token) => {
    const unverified = decodeToken(token);
    if (unverified === undefined) return refused('not_a_jwt');
    const { header, payload } = unverified;
    const reason = headerRefusal(header, config);
    if (reason !== undefined) return refused(reason);
    const issuer = payload.iss;
    const keys = typeof issuer === 'string' ? keysOf(issuer) : undefined;
    if (issuer === undefined || keys === undefined) return refused('issuer');
    try {
      const options = verifyOptions(config, payload, issuer, new Date(now()));
      const claims = await verifiedClaims(token, keys.find, options);
      return verified(config, header, claims, token, keys.keepMs());
    } catch (error) {
      return verdictOf(error);
    }
  };
}

/** @param payload as yet unverified: the same bytes are verified by these options */
function verifyOptions(
  config: OAuthConfig,
  payload: JWTPayload,
  issuer: string,
  currentDate: Date,
): JWTVerifyOptions {
  return {
    algorithms: [...config.algorithms],
    issuer,
    ...(clientStandsForAudience(payload, config) ? {} : { audience: [...config.audiences] }),
    clockTolerance: config.leewaySeconds,
    currentDate,
  };
}

/**
 * Amazon Cognito's access tokens name no audience: there a client that is registered for this
 * endpoint alone stands for it, in tokens that say that they are access tokens.
 */
function clientStandsForAudience(
  payload: JWTPayload,
  { clientAudiences }: Pick<OAuthConfig, 'clientAudiences'>,
): boolean {
  const { client_id: client, token_use: use } = payload;
  if (Object.hasOwn(payload, 'aud') || use !== 'access') return false;
  return typeof client === 'string' && clientAudiences.includes(client);
}

async function verifiedClaims(
  token: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let tried = 0;
    for await (const key of error) {
      if (++tried > maxCandidates) break;
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function verified(
  config: OAuthConfig,
  header: Readonly<Record<string, unknown>>,
  claims: JWTPayload,
  token: string,
  keepMs: number | undefined,
): Verdict {
  const result = identityOf(claims, tokenType(header) ?? 'absent', token, config);
  if (!result.ok) return refused(result.reason);
  const caller = verifiedToken(result.identity, config);
  return { kind: 'verified', caller, ...(keepMs === undefined ? {} : { keepMs }) };
}

function refused(reason: Refusal): Verdict {
  return { kind: 'refused', reason };
}

/** jose's failures speak of the token; anything else is a fault here and goes on to a 500. */
function verdictOf(error: unknown): Verdict {
  if (error instanceof IssuerUnavailable) return { kind: 'unavailable' };
  if (!(error instanceof errors.JOSEError)) throw error;
  return refused(reasonOf(error));
}

function reasonOf(error: errors.JOSEError): Refusal {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return claimReason(error);
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWKSNoMatchingKey) return 'unknown_key';
  return 'not_a_jwt';
}

function claimReason({ claim, reason }: errors.JWTClaimValidationFailed): Refusal {
  if (claim === 'aud') return 'audience';
  if (claim === 'iss') return 'issuer';
  return claim === 'nbf' && reason === 'check_failed' ? 'not_yet_valid' : 'claims';
}
