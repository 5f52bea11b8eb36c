import type { Eventual } from '../../../../lib/flow/eventual.js';
import type { Identity } from '../../../../lib/identity/identity.js';
import type { Refusal } from '../challenge/refusal.js';

/** What a verifier answers. An issuer that cannot be asked is the gateway's trouble, not the token's. */
export type Verdict =
  | {
      readonly kind: 'verified';
      readonly caller: VerifiedToken;
      /** How long this may be remembered, in milliseconds; by default as long as keys are. */
      readonly keepMs?: number;
    }
  | { readonly kind: 'refused'; readonly reason: Refusal }
  | { readonly kind: 'unavailable' };

/** A verified token and what follows from it alone, worked out once per token. */
export interface VerifiedToken {
  readonly identity: Identity & { readonly expiresAt: number };
  /** Headers for the upstream, by configured name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Credential id for Kong's own plugins. */
  readonly credentialId: string;
}

/** Verifies one bearer token, at once where it is remembered. Fails only on a fault of this gateway. */
export type VerifyToken = (token: string) => Eventual<Verdict>;
