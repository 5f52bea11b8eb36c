/**
 * Why a token is refused: a stable reason and the `error_description` a client reads. No text holds
 * anything of the token.
 */
export const refusals = {
  not_a_jwt: 'the token is not a signed JWT',
  header: 'the token header is not accepted',
  algorithm: 'the signature algorithm of the token is not accepted',
  type: 'the type of the token is not accepted; an access token is needed',
  issuer: 'the issuer of the token is not accepted here',
  unknown_key: 'the signing key of the token is unknown',
  signature: 'the signature of the token is not valid',
  audience: 'the token was not issued for this resource',
  expired: 'the token has expired',
  not_yet_valid: 'the token is not valid yet',
  claims: 'a claim of the token is missing or has the wrong form',
  inactive: 'the token is not active',
  client: 'the client of the token is not accepted here',
  revoked: 'the token has been revoked',
  key_bound: 'the token is bound to a key, which cannot be verified here',
  scheme: 'tokens are accepted by the scheme DPoP only',
  proof_needed: 'the token is bound to a key: send it by the scheme DPoP, with a proof',
  not_bound: 'the token is not bound to a key: send it by the scheme Bearer',
  other_key: 'the token is bound to another key than that of the proof',
  certificate_needed: 'only tokens bound to a client certificate are accepted here',
  no_certificate: 'the token is bound to a client certificate, and none was presented',
  other_certificate: 'the token is bound to another client certificate',
} as const;

export type Refusal = keyof typeof refusals;
