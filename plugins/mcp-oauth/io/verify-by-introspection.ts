import { isSignedForm } from '../../../lib/identity/token-form.js';
import { introspectedClaims } from '../core/token/introspected-claims.js';
import type { OAuthConfig } from '../core/oauth-config.js';
import { identityOf } from '../core/token/token-claims.js';
import type { IntrospectionConfig } from '../core/token/token-config.js';
import { headerRefusal, tokenType } from '../core/token/token-header.js';
import type { Verdict, VerifyToken } from '../core/token/verdict.js';
import { verifiedToken } from '../core/token/verified-token.js';
import { decodeToken } from './decode-token.js';
import type { Introspect } from './introspection-client.js';
import { IssuerUnavailable } from './issuer-unavailable.js';

/** Seconds that an answer without `exp` holds where nothing is cached. */
const leastSeconds = 60;

/**
 * Verifies opaque tokens by introspection, and JWTs either so or by `jwts`: those of another issuer
 * never come to this issuer's endpoint. The rules on types and algorithms hold for every JWT.
 */
export function introspectingVerifier(
  config: OAuthConfig & { readonly introspection: IntrospectionConfig },
  introspect: Introspect,
  jwts: VerifyToken,
  now: () => number,
): VerifyToken {
  const { issuer, jwtsToo } = config.introspection;
  return async (token) => {
    const decoded = decodeToken(token);
    if (decoded !== undefined) {
      if (!jwtsToo || decoded.payload.iss !== issuer) return jwts(token);
      const reason = headerRefusal(decoded.header, config);
      if (reason !== undefined) return { kind: 'refused', reason };
    } else if (isSignedForm(token)) {
      // The endpoint may forgive its spelling, and so pass it by what is asked of JWTs here.
      return { kind: 'refused', reason: 'not_a_jwt' };
    }
    try {
      const type = decoded === undefined ? 'absent' : (tokenType(decoded.header) ?? 'absent');
      return verdictOf(await introspect(token), token, type, config, now() / 1000);
    } catch (error) {
      if (error instanceof IssuerUnavailable) return { kind: 'unavailable' };
      throw error;
    }
  };
}

function verdictOf(
  answer: Readonly<Record<string, unknown>>,
  token: string,
  type: ReturnType<typeof tokenType> & string,
  config: OAuthConfig & { readonly introspection: IntrospectionConfig },
  now: number,
): Verdict {
  const { issuer, cacheTtlSeconds, audienceOptional } = config.introspection;
  const { audiences, leewaySeconds } = config;
  const rules = { issuer, audiences, audienceOptional, leewaySeconds };
  const answered = introspectedClaims(answer, rules, now, cacheTtlSeconds || leastSeconds);
  if (!answered.ok) return { kind: 'refused', reason: answered.reason };
  const result = identityOf(answered.claims, type, token, config);
  if (!result.ok) return { kind: 'refused', reason: result.reason };
  const caller = verifiedToken(result.identity, config);
  return { kind: 'verified', caller, keepMs: cacheTtlSeconds * 1000 };
}
