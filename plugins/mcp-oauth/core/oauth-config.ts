import type { RedisSettings } from '../../../lib/shared-state/redis-settings.js';
import type { Policy } from '../../../lib/policy/policy.js';
import type { Expand } from '../../../lib/policy/scope-hierarchy.js';
import type { FacadeConfig } from './facade/facade-config.js';
import type { ClaimPath } from './identity/claim-path.js';
import type { ConsumerMappings } from './identity/consumer.js';
import type { ClaimHeader } from './identity/identity-headers.js';
import type { TokenConfig } from './token/token-config.js';
import type { TokenType } from './token/token-header.js';

/** What a verified token becomes for Kong and for the upstream. */
export interface IdentityConfig {
  readonly claimHeaders: readonly ClaimHeader[];
  readonly consumers: ConsumerMappings;
  readonly credentialClaim: ClaimPath;
  /** Claim whose values Kong's acl takes for groups. */
  readonly groupsClaim: ClaimPath | undefined;
  /** Consumer, by id or username, of requests that offer no token. */
  readonly anonymous: string | undefined;
  /** Whether the upstream receives the token. */
  readonly passthroughCredentials: boolean;
}

/** Configuration of one mcp-oauth plugin, checked. */
export interface OAuthConfig extends IdentityConfig, TokenConfig {
  readonly timeoutMs: number;
  /** Accepted `aud` values: the resource first. */
  readonly audiences: readonly string[];
  /** Clients that stand for the audience in access tokens that name none. */
  readonly clientAudiences: readonly string[];
  readonly algorithms: readonly string[];
  readonly tokenTypes: readonly TokenType[];
  readonly leewaySeconds: number;
  readonly requiredScopes: readonly string[];
  /** Scopes a challenge names. */
  readonly challengeScopes: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly tokenCacheSize: number;
  /** Scheme, host and port under which clients reach the resource. */
  readonly origin: string;
  readonly metadataUrl: string;
  readonly metadataPath: string;
  readonly servesRoot: boolean;
  /** Login of clients by way of this gateway. */
  readonly facade: FacadeConfig | undefined;
  /** The RFC 9728 document. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Rules on scopes and claims, beside `requiredScopes`. */
  readonly policy: Policy;
  /** Scopes with all that they imply. */
  readonly expandScopes: Expand;
  /** Largest body that rules look into, in bytes. */
  readonly maxRequestBytes: number;
  /** By host name, where the resource follows the host; such a configuration serves no request itself. */
  readonly perHost?: ReadonlyMap<string, OAuthConfig>;
  /** Where workers and nodes keep what all must know. */
  readonly redis: RedisSettings | undefined;
  /** Hash of the whole configuration. */
  readonly hash: string;
}
