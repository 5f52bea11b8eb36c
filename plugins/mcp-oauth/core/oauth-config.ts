import type { ClaimHeader } from './identity-headers.js';
import type { TokenType } from './token-header.js';

/** Configuration of one mcp-oauth plugin, checked. */
export interface OAuthConfig {
  readonly issuers: readonly string[];
  /** Key set address of the only issuer; discovered where absent. */
  readonly jwksEndpoint: string | undefined;
  readonly keyTtlMs: number;
  readonly timeoutMs: number;
  /** Accepted `aud` values: the resource first. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly tokenTypes: readonly TokenType[];
  readonly leewaySeconds: number;
  readonly requiredScopes: readonly string[];
  /** Scopes a challenge names. */
  readonly challengeScopes: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly claimHeaders: readonly ClaimHeader[];
  readonly tokenCacheSize: number;
  readonly metadataUrl: string;
  readonly metadataPath: string;
  readonly servesRoot: boolean;
  /** The RFC 9728 document. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Hash of the whole configuration. */
  readonly hash: string;
}
