/**
 * Why a proof is refused (RFC 9449 section 4.3): a stable reason and the `error_description` a client
 * reads. No text holds anything of the proof.
 */
export const proofRefusals = {
  missing: 'a request by the scheme DPoP needs a proof in the header DPoP',
  repeated: 'more than one DPoP header',
  too_long: 'the proof is too long',
  not_a_jwt: 'the proof is not a signed JWT',
  header: 'the header of the proof is not accepted',
  type: 'the type of the proof must be dpop+jwt',
  algorithm: 'the signature algorithm of the proof is not accepted',
  key: 'the jwk of the proof is not a public key for its algorithm',
  claims: 'a claim of the proof is missing or has the wrong form',
  method: 'htm of the proof is not the method of the request',
  target: 'htu of the proof is not the address of the request',
  token: 'ath of the proof is not the digest of the token',
  time: 'the proof is too old, or its time lies ahead',
  signature: 'the signature of the proof is not valid',
  used: 'the proof was used before',
} as const;

export type ProofRefusal = keyof typeof proofRefusals;
