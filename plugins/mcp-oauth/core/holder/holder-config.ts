/** Whether a way of binding tokens to a key is taken: not at all, beside others, or alone. */
export type BindingMode = 'off' | 'allowed' | 'required';

/** How proofs of possession are taken (RFC 9449). */
export interface DpopConfig {
  readonly mode: BindingMode;
  /** JWS algorithms of proofs, asymmetric ones only. */
  readonly algorithms: readonly string[];
  /** How far `iat` may lie from now, before and after; how long a nonce counts. */
  readonly lifetimeSeconds: number;
  /** Whether a proof needs a nonce of this gateway. */
  readonly needsNonce: boolean;
}

/** Which tokens that are bound to a key of their holder are taken. */
export interface HolderConfig {
  readonly dpop: DpopConfig;
  /** Tokens bound to the client's certificate (RFC 8705 section 3). */
  readonly certificates: BindingMode;
}
