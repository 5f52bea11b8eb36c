import type { OAuthKongConfig } from '../../../schema/mcp-oauth.js';
import type { DpopConfig, HolderConfig } from '../core/holder/holder-config.js';
import { readList } from './read-list.js';

/**
 * Which tokens bound to a key are taken.
 * @throws ConfigError naming the field
 */
export function readHolder(kong: OAuthKongConfig): HolderConfig {
  return { dpop: readDpop(kong.dpop ?? undefined), certificates: kong.mtls_bound_tokens };
}

function readDpop(dpop: OAuthKongConfig['dpop']): DpopConfig {
  if (dpop === undefined) {
    return { mode: 'off', algorithms: [], lifetimeSeconds: 0, needsNonce: false };
  }
  return {
    mode: dpop.mode,
    algorithms: readList('dpop.algorithms', dpop.algorithms),
    lifetimeSeconds: dpop.proof_lifetime,
    needsNonce: dpop.require_nonce,
  };
}

/** What the metadata document says of it (RFC 9728 section 2). */
export function holderMembers({ dpop, certificates }: HolderConfig): Record<string, unknown> {
  return {
    ...(certificates === 'off' ? {} : { tls_client_certificate_bound_access_tokens: true }),
    ...(dpop.mode === 'off' ? {} : { dpop_signing_alg_values_supported: dpop.algorithms }),
    ...(dpop.mode === 'required' ? { dpop_bound_access_tokens_required: true } : {}),
  };
}
