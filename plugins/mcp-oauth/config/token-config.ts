import { claimPath } from '../../../lib/policy/claim.js';
import type { OAuthKongConfig } from '../../../schema/mcp-oauth.js';
import type { TokenConfig } from '../core/token/token-config.js';
import { readHolder } from './holder-config.js';
import { readIntrospection } from './introspection-config.js';
import { readKeySources } from './key-sources-config.js';
import { readOutbound } from './outbound-config.js';
import { readList } from './read-list.js';

/**
 * How tokens are checked.
 * @throws ConfigError naming the field
 */
export function readTokenConfig(kong: OAuthKongConfig, advertised: readonly string[]): TokenConfig {
  const keySources = readKeySources(kong, advertised);
  const scopeClaims = readList('scope_claims', kong.scope_claims);
  return {
    keySources,
    keyTtlMs: kong.jwks_cache_ttl * 1000,
    staleKeyTtlMs: kong.jwks_stale_ttl * 1000,
    allowedClients: readList('allowed_clients', kong.allowed_clients),
    scopeClaims: scopeClaims.map((path) => claimPath('scope_claims', path)),
    holder: readHolder(kong),
    introspection: readIntrospection(kong, [...keySources.keys()]),
    outbound: readOutbound(kong),
  };
}
