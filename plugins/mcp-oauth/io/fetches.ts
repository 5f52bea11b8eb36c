import { outboundFetch } from '../../../lib/outbound/outbound-fetch.js';
import type { Fetch } from '../../../lib/outbound/outbound-fetch.js';
import type { OAuthConfig } from '../core/oauth-config.js';
import { isLoopback } from '../core/resource/urls.js';

/**
 * How to call what begins at a configured address: only one on this machine may lead to this machine
 * without an entry in `allow_private_addresses`, whatever metadata and name servers say.
 */
export function fetches(
  { outbound }: Pick<OAuthConfig, 'outbound'>,
  given: Fetch | undefined,
): (start: URL) => Fetch {
  if (given !== undefined) return () => given;
  let ordinary: Fetch | undefined;
  let local: Fetch | undefined;
  return (start) =>
    isLoopback(start)
      ? (local ??= outboundFetch({ ...outbound, allow: [...outbound.allow, 'loopback'] }))
      : (ordinary ??= outboundFetch(outbound));
}
