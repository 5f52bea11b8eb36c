import { configHash } from '../../lib/config-hash.js';
import { ConfigError } from '../../lib/errors.js';
import type { OAuthKongConfig } from '../../schema/mcp-oauth.js';
import type { OAuthConfig } from './core/oauth-config.js';
import { metadataDocument } from './core/metadata-document.js';
import { metadataPathOf } from './core/resource-metadata.js';
import { configPerHost, readOrigins } from './core/resource-origins.js';
import { offlineAccess } from './core/scopes.js';
import { canonicalResource, secureUrl } from './core/urls.js';
import { readIdentityConfig } from './identity-config.js';

type KongConfig = OAuthKongConfig & Readonly<Record<string, unknown>>;

/**
 * Reads Kong's configuration.
 * @throws ConfigError naming the field, for what the schema cannot express
 */
export function readConfig(kong: KongConfig): OAuthConfig {
  const resource = canonicalResource('resource', kong.resource);
  const issuers = readIssuers(kong);
  const requiredScopes = readScopes('required_scopes', kong.required_scopes);
  const scopesSupported = readScopes('scopes_supported', kong.scopes_supported);
  const metadataPath = metadataPathOf(resource);
  return withOrigins(kong, resource, {
    issuers,
    jwksEndpoint: readJwksEndpoint(kong, issuers),
    keyTtlMs: kong.jwks_cache_ttl * 1000,
    timeoutMs: kong.timeout,
    audiences: [kong.resource, ...readAudiences(kong)],
    algorithms: list('algorithms', kong.algorithms),
    tokenTypes: list('token_types', kong.token_types),
    leewaySeconds: kong.jwt_claims_leeway,
    requiredScopes,
    challengeScopes: requiredScopes.length > 0 ? requiredScopes : scopesSupported,
    allowedOrigins: list('allowed_origins', kong.allowed_origins),
    ...readIdentityConfig(kong, issuers, list),
    tokenCacheSize: kong.token_cache_size,
    metadataUrl: `${resource.origin}${metadataPath}`,
    metadataPath,
    servesRoot: kong.serve_root_metadata,
    metadata: readMetadata(
      kong,
      issuers,
      scopesSupported.length > 0 ? scopesSupported : requiredScopes,
    ),
    hash: configHash(kong),
  });
}

/** Kong may hand on an empty list as null or as an empty object. */
function list<T>(field: string, value: readonly T[] | null | undefined): readonly T[] {
  if (Array.isArray(value)) return Object.freeze([...(value as readonly T[])]);
  if (value === null || value === undefined || Object.keys(value).length === 0) return [];
  throw new ConfigError(field, 'must be a list');
}

function readIssuers(kong: KongConfig): readonly string[] {
  const field = 'authorization_servers';
  const issuers = list(field, kong.authorization_servers);
  if (issuers.length === 0) throw new ConfigError(field, 'needs at least one issuer');
  for (const issuer of issuers) {
    secureUrl(field, issuer);
    if (issuer.includes('?')) throw new ConfigError(field, 'an issuer must not have a query');
  }
  if (new Set(issuers).size < issuers.length) throw new ConfigError(field, 'names one twice');
  return issuers;
}

function readJwksEndpoint(kong: KongConfig, issuers: readonly string[]): string | undefined {
  const endpoint = kong.jwks_endpoint ?? undefined;
  if (endpoint === undefined) return undefined;
  secureUrl('jwks_endpoint', endpoint);
  if (issuers.length > 1) {
    throw new ConfigError(
      'jwks_endpoint',
      'needs exactly one entry in authorization_servers: keys of one issuer must not vouch for another',
    );
  }
  return endpoint;
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
