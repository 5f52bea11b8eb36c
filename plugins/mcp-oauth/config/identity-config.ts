import { ConfigError } from '../../../lib/errors/errors.js';
import { isOf, neverFromClaims } from '../../../lib/http/reserved-headers.js';
import type { OAuthKongConfig } from '../../../schema/mcp-oauth.js';
import type { ClaimPath } from '../core/identity/claim-path.js';
import type { ConsumerMapping, ConsumerMappings } from '../core/identity/consumer.js';
import { foldName } from '../core/identity/identity-headers.js';
import type { ClaimHeader } from '../core/identity/identity-headers.js';
import type { IdentityConfig } from '../core/oauth-config.js';
import { readList as list } from './read-list.js';

type KongConfig = OAuthKongConfig & Readonly<Record<string, unknown>>;

/**
 * What a verified token becomes for Kong and for the upstream.
 * @param issuers all whose tokens are accepted
 * @throws ConfigError naming the field
 */
export function readIdentityConfig(kong: KongConfig, issuers: readonly string[]): IdentityConfig {
  const groups = list('authenticated_groups_claim', kong.authenticated_groups_claim);
  const credential = list('credential_claim', kong.credential_claim);
  return {
    claimHeaders: readClaimHeaders(kong),
    consumers: readConsumers(kong, issuers),
    credentialClaim: credential.length > 0 ? credential : ['sub'],
    groupsClaim: groups.length > 0 ? groups : undefined,
    anonymous: kong.anonymous || undefined,
    passthroughCredentials: kong.passthrough_credentials,
  };
}

function readClaimHeaders(kong: KongConfig): readonly ClaimHeader[] {
  const seen = new Set<string>();
  const read = (field: string, claim: ClaimPath, header: string): ClaimHeader => {
    const folded = foldName(header);
    if (isOf(neverFromClaims, folded)) throw new ConfigError(field, `must not target ${header}`);
    if (seen.has(folded)) throw new ConfigError(field, `targets ${header} twice`);
    seen.add(folded);
    return { claim, header };
  };
  return [
    ...list('claim_to_header', kong.claim_to_header).map(({ claim, header }) =>
      read('claim_to_header', [claim], header),
    ),
    ...list('upstream_headers', kong.upstream_headers).map(({ path, header }) =>
      read('upstream_headers', list('upstream_headers.path', path), header),
    ),
  ];
}

function readConsumers(kong: KongConfig, issuers: readonly string[]): ConsumerMappings {
  const mappings = new Map<string, ConsumerMapping>();
  const claim = list('consumer_claim', kong.consumer_claim);
  const perIssuer = list('issuer_consumers', kong.issuer_consumers);
  if (claim.length > 0) {
    if (issuers.length > 1 || perIssuer.length > 0) {
      throw new ConfigError(
        'consumer_claim',
        'is for a single issuer: with several, a name at one could pass for the same name at another. Use issuer_consumers',
      );
    }
    const by = list('consumer_by', kong.consumer_by);
    mappings.set(issuers[0]!, { claim, by, optional: kong.consumer_optional });
  }
  for (const one of perIssuer) {
    const field = 'issuer_consumers';
    if (!issuers.includes(one.issuer)) {
      throw new ConfigError(field, `${one.issuer} is not an issuer accepted here`);
    }
    if (mappings.has(one.issuer)) throw new ConfigError(field, `names ${one.issuer} twice`);
    const path = list(`${field}.consumer_claim`, one.consumer_claim);
    const by = list(`${field}.consumer_by`, one.consumer_by);
    mappings.set(one.issuer, { claim: path, by, optional: one.consumer_optional });
  }
  return mappings;
}
