import type { ProofRefusal } from './proof-refusal.js';

/** A proof and what it has to prove. */
export interface ProofAsked {
  readonly proof: string;
  /** The access token that was sent with it. */
  readonly token: string;
  /** Thumbprint of the key that the token is bound to. */
  readonly jkt: string;
  readonly method: string;
  /** Address of the request as `targetUri` writes it; undefined where it has no such form. */
  readonly target: string | undefined;
  /** Whose share of what is remembered it takes. */
  readonly owner: string;
}

export type ProofVerdict =
  /** `nonce` is one for the client's next proofs, where that is due. */
  | { readonly kind: 'proved'; readonly nonce?: string }
  | { readonly kind: 'refused'; readonly reason: ProofRefusal }
  | { readonly kind: 'nonce_needed'; readonly nonce: string }
  /** Its key is another one than that which the token is bound to. */
  | { readonly kind: 'other_key' }
  /** Whether it was used before cannot be told: the caller has used too many, all have, or nobody answers. */
  | { readonly kind: 'too_many' }
  | { readonly kind: 'unavailable' };

/** Verifies one proof, which counts once. Rejects only on a fault of this gateway. */
export type VerifyProof = (asked: ProofAsked) => Promise<ProofVerdict>;
