import { configHash } from '../../../lib/config/config-hash.js';
import { ConfigError } from '../../../lib/errors/errors.js';
import { readPolicy } from '../../../lib/policy/read-policy.js';
import { refuseStrayReferences } from '../../../lib/config/stray-reference.js';
import { readRedis } from '../../../lib/shared-state/redis-settings.js';
import type { OAuthKongConfig } from '../../../schema/mcp-oauth.js';
import type { HolderConfig } from '../core/holder/holder-config.js';
import type { OAuthConfig } from '../core/oauth-config.js';
import { metadataDocument } from '../core/resource/metadata-document.js';
import { metadataPathOf } from '../core/resource/resource-metadata.js';
import { configPerHost, readOrigins } from '../core/resource/resource-origins.js';
import { offlineAccess } from '../core/token/scopes.js';
import type { TokenType } from '../core/token/token-header.js';
import { canonicalResource } from '../core/resource/urls.js';
import { presetOf, readFacade } from './facade-config.js';
import { holderMembers } from './holder-config.js';
import { readIdentityConfig } from './identity-config.js';
import { checkIssuer } from './key-sources-config.js';
import { readList as list } from './read-list.js';
import { readTokenConfig } from './token-config.js';

type KongConfig = OAuthKongConfig & Readonly<Record<string, unknown>>;

/**
 * Reads Kong's configuration.
 * @throws ConfigError naming the field, for what the schema cannot express
 */
export function readConfig(kong: KongConfig): OAuthConfig {
  refuseStrayReferences(kong);
  const resource = canonicalResource('resource', kong.resource);
  const issuers = readIssuers(kong);
  const tokens = readTokenConfig(kong, issuers);
  const requiredScopes = readScopes('required_scopes', kong.required_scopes);
  const scopesSupported = readScopes('scopes_supported', kong.scopes_supported);
  const metadataPath = metadataPathOf(resource);
  const { policy, expand } = readPolicy(kong);
  const facade = readFacade(kong, issuers, tokens.keySources);
  return withOrigins(kong, resource, {
    ...tokens,
    timeoutMs: kong.timeout,
    audiences: [kong.resource, ...readAudiences(kong)],
    clientAudiences: list('client_id_audiences', kong.client_id_audiences),
    algorithms: list('algorithms', kong.algorithms),
    tokenTypes: readTokenTypes(kong),
    leewaySeconds: kong.jwt_claims_leeway,
    requiredScopes,
    challengeScopes: requiredScopes.length > 0 ? requiredScopes : scopesSupported,
    policy,
    expandScopes: expand,
    maxRequestBytes: kong.max_request_body_size,
    allowedOrigins: list('allowed_origins', kong.allowed_origins),
    ...readIdentityConfig(kong, [...tokens.keySources.keys()]),
    tokenCacheSize: kong.token_cache_size,
    origin: resource.origin,
    metadataUrl: `${resource.origin}${metadataPath}`,
    metadataPath,
    servesRoot: kong.serve_root_metadata,
    facade,
    metadata: readMetadata(
      kong,
      // Clients are shown the one that they can use.
      facade === undefined ? issuers : [kong.resource],
      tokens.holder,
      scopesSupported.length > 0 ? scopesSupported : requiredScopes,
    ),
    redis: readRedis(kong.redis),
    hash: configHash(kong),
  });
}

function readIssuers(kong: KongConfig): readonly string[] {
  const field = 'authorization_servers';
  const issuers = list(field, kong.authorization_servers);
  if (issuers.length === 0) throw new ConfigError(field, 'needs at least one issuer');
  for (const issuer of issuers) checkIssuer(field, issuer);
  if (new Set(issuers).size < issuers.length) throw new ConfigError(field, 'names one twice');
  return issuers;
}

function readTokenTypes(kong: KongConfig): readonly TokenType[] {
  const types = list('token_types', kong.token_types);
  return types.length > 0 ? types : (presetOf(kong)?.token_types ?? ['at+jwt']);
}

function readScopes(field: string, value: readonly string[]): readonly string[] {
  const scopes = list(field, value);
  if (scopes.includes(offlineAccess)) {
    throw new ConfigError(field, `must not name ${offlineAccess}: it is not this resource's scope`);
  }
  return scopes;
}

function readAudiences(kong: KongConfig): readonly string[] {
  const audiences = list('extra_audiences', kong.extra_audiences);
  if (audiences.includes('')) throw new ConfigError('extra_audiences', 'must not be empty text');
  return audiences;
}

function readMetadata(
  kong: KongConfig,
  issuers: readonly string[],
  holder: HolderConfig,
  scopes: readonly string[],
): Readonly<Record<string, unknown>> {
  return metadataDocument({
    resource: kong.resource,
    issuers,
    scopes,
    name: kong.resource_name ?? undefined,
    documentation: kong.resource_documentation ?? undefined,
    policy: kong.resource_policy_uri ?? undefined,
    terms: kong.resource_tos_uri ?? undefined,
    signingAlgorithms: list(
      'resource_signing_alg_values_supported',
      kong.resource_signing_alg_values_supported,
    ),
    bindings: holderMembers(holder),
    extra: kong.metadata_extra ?? {},
  });
}

/** The configuration, with one per host where the resource follows the host. */
function withOrigins(kong: KongConfig, resource: URL, config: OAuthConfig): OAuthConfig {
  const further = list('resource_origins', kong.resource_origins);
  if (further.length === 0) return Object.freeze(config);
  const origins = readOrigins('resource_origins', [resource.origin, ...further]);
  const path = kong.resource.slice(resource.origin.length);
  return Object.freeze({ ...config, perHost: configPerHost(config, path, origins) });
}
