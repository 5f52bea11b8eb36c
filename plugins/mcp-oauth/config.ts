import { configHash } from '../../lib/config-hash.js';
import { ConfigError } from '../../lib/errors.js';
import type { OAuthKongConfig } from '../../schema/mcp-oauth.js';
import { foldName } from './core/identity-headers.js';
import type { ClaimHeader } from './core/identity-headers.js';
import type { OAuthConfig } from './core/oauth-config.js';
import { metadataPathOf } from './core/resource-metadata.js';
import { offlineAccess } from './core/scopes.js';
import { canonicalResource, secureUrl } from './core/urls.js';

type KongConfig = OAuthKongConfig & Readonly<Record<string, unknown>>;

const metadataMembers = new Set([
  'resource',
  'authorization_servers',
  'jwks_uri',
  'scopes_supported',
  'bearer_methods_supported',
  'resource_name',
  'resource_documentation',
  'signed_metadata',
]);

// Headers that steer routing, framing, trust or the protocol itself.
const reservedHeaders =
  /^(?:authorization|host|cookie|origin|via|forwarded|connection|upgrade|te|trailer|keep-alive|expect|date|range|accept|accept-.*|content-.*|transfer-.*|proxy-.*|x-forwarded-.*|x-real-ip|x-consumer-.*|x-credential-identifier|x-anonymous-consumer|mcp-.*|x-mcp-handle|x-mcp-limit-key|last-event-id)$/;

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
  return Object.freeze({
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
    claimHeaders: readClaimHeaders(kong),
    tokenCacheSize: kong.token_cache_size,
    metadataUrl: `${resource.origin}${metadataPath}`,
    metadataPath,
    servesRoot: kong.serve_root_metadata,
    metadata: metadataDocument(
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

function readClaimHeaders(kong: KongConfig): readonly ClaimHeader[] {
  const seen = new Set<string>();
  return list('claim_to_header', kong.claim_to_header).map(({ claim, header }) => {
    const folded = foldName(header);
    if (reservedHeaders.test(folded)) {
      throw new ConfigError('claim_to_header', `must not target ${header}`);
    }
    if (seen.has(folded)) throw new ConfigError('claim_to_header', `targets ${header} twice`);
    seen.add(folded);
    return { claim, header };
  });
}

function metadataDocument(
  kong: KongConfig,
  issuers: readonly string[],
  scopes: readonly string[],
): Readonly<Record<string, unknown>> {
  const extra = Object.entries(kong.metadata_extra ?? {});
  const clash = extra.find(([member]) => metadataMembers.has(member));
  if (clash) throw new ConfigError('metadata_extra', `must not set ${clash[0]}`);
  return Object.freeze({
    resource: kong.resource,
    authorization_servers: issuers,
    ...(scopes.length > 0 ? { scopes_supported: scopes } : {}),
    bearer_methods_supported: ['header'],
    ...(kong.resource_name ? { resource_name: kong.resource_name } : {}),
    ...(kong.resource_documentation ? { resource_documentation: kong.resource_documentation } : {}),
    ...Object.fromEntries(extra),
  });
}
