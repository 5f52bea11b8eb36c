import { log } from '../../../../lib/log.js';
import { credentialId } from '../identity/credential-id.js';
import { claimHeaders } from '../identity/identity-headers.js';
import type { OAuthConfig } from '../oauth-config.js';
import type { VerifiedToken } from './verdict.js';

/** What follows from a verified identity alone. */
export function verifiedToken(
  identity: VerifiedToken['identity'],
  config: Pick<OAuthConfig, 'claimHeaders' | 'credentialClaim'>,
): VerifiedToken {
  const { headers, unfit } = claimHeaders(identity.claims, config.claimHeaders);
  if (unfit.length > 0) log('warn', 'claims_not_forwarded', { claims: unfit });
  const credential = credentialId(identity, config.credentialClaim);
  return Object.freeze({ identity, headers, credentialId: credential });
}
