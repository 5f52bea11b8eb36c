import type { JSONWebKeySet } from 'jose';
import type { ClientAuthentication } from '../../../../lib/outbound/client-authentication.js';
import type { OutboundOptions } from '../../../../lib/outbound/outbound-fetch.js';
import type { HolderConfig } from '../holder/holder-config.js';

/** Where the keys of one issuer come from. */
export type KeySource =
  | { readonly kind: 'inline'; readonly keys: JSONWebKeySet }
  | { readonly kind: 'endpoint'; readonly url: URL }
  /** Metadata that names the key set: at `url`, else at the standard places. */
  | { readonly kind: 'metadata'; readonly url: URL | undefined };

export interface IntrospectionConfig {
  readonly endpoint: URL;
  /** Issuer the endpoint belongs to. */
  readonly issuer: string;
  /** Whether JWTs of that issuer are introspected too. */
  readonly jwtsToo: boolean;
  readonly cacheTtlSeconds: number;
  readonly client: ClientAuthentication;
  readonly form: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether an answer without `aud` passes. */
  readonly audienceOptional: boolean;
}

/** What an access token must fulfil beside its signature. */
export interface ClaimRules {
  /** None means all. */
  readonly allowedClients: readonly string[];
  /** Paths of the claims that hold scopes. */
  readonly scopeClaims: readonly (readonly string[])[];
  /** Which tokens bound to a key are taken. */
  readonly holder: HolderConfig;
}

/** How tokens are checked and what is called for that. */
export interface TokenConfig extends ClaimRules {
  /** Key sources by issuer; no other issuer is accepted. */
  readonly keySources: ReadonlyMap<string, KeySource>;
  readonly keyTtlMs: number;
  /** How long keys older than `keyTtlMs` serve while no newer ones can be had. */
  readonly staleKeyTtlMs: number;
  readonly introspection: IntrospectionConfig | undefined;
  readonly outbound: OutboundOptions;
}
