import { X509Certificate } from 'node:crypto';
import { ConfigError } from '../../lib/errors.js';
import { addressRule } from '../../lib/outbound/address-rule.js';
import type { OutboundOptions } from '../../lib/outbound/outbound-fetch.js';
import type { OAuthKongConfig } from '../../schema/mcp-oauth.js';
import { readList } from './read-list.js';

/**
 * How this plugin's own calls leave the gateway.
 * @throws ConfigError naming the field
 */
export function readOutbound(kong: OAuthKongConfig): OutboundOptions {
  const allow = readList('allow_private_addresses', kong.allow_private_addresses);
  try {
    addressRule(allow);
  } catch {
    const forms = 'ranges such as 10.0.0.0/8, addresses, `private` or `loopback`';
    throw new ConfigError('allow_private_addresses', `holds something else than ${forms}`);
  }
  return {
    allow,
    sslVerify: kong.ssl_verify,
    caCertificates: certificates(kong.ca_certificates ?? ''),
    httpProxy: proxy('http_proxy', kong.http_proxy),
    httpsProxy: proxy('https_proxy', kong.https_proxy),
    noProxy: kong.no_proxy ?? undefined,
  };
}

function certificates(pem: string): string | undefined {
  if (pem.trim() === '') return undefined;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length === 0) throw new Error('no certificate');
    for (const block of blocks) new X509Certificate(block);
  } catch {
    throw new ConfigError('ca_certificates', 'must be certificates in PEM');
  }
  return blocks.join('\n');
}

/** The address may hold credentials, so no error quotes it. */
function proxy(field: string, address: string | null | undefined): string | undefined {
  if (address === null || address === undefined) return undefined;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return address;
  throw new ConfigError(field, 'must be an http or https address');
}
