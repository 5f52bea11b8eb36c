import { checkOutbound } from '../../../lib/outbound/check-outbound.js';
import type { OutboundOptions } from '../../../lib/outbound/outbound-fetch.js';
import type { OAuthKongConfig } from '../../../schema/mcp-oauth.js';
import { readList } from './read-list.js';

/**
 * How this plugin's own calls leave the gateway.
 * @throws ConfigError naming the field
 */
export function readOutbound(kong: OAuthKongConfig): OutboundOptions {
  return checkOutbound('', {
    allow: readList('allow_private_addresses', kong.allow_private_addresses),
    sslVerify: kong.ssl_verify,
    caCertificates: kong.ca_certificates ?? undefined,
    httpProxy: kong.http_proxy ?? undefined,
    httpsProxy: kong.https_proxy ?? undefined,
    noProxy: kong.no_proxy ?? undefined,
  });
}
