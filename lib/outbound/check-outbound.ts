import { createPrivateKey, X509Certificate } from 'node:crypto';
import { ConfigError } from '../errors/errors.js';
import { addressRule } from './address-rule.js';
import type { OutboundOptions } from './outbound-fetch.js';

/**
 * Options as they can be used.
 * @param prefix put before the names of fields in errors
 * @throws ConfigError naming the field, never its value
 */
export function checkOutbound(prefix: string, options: OutboundOptions): OutboundOptions {
  try {
    addressRule(options.allow);
  } catch {
    const forms = 'ranges such as 10.0.0.0/8, addresses, `private` or `loopback`';
    throw new ConfigError(`${prefix}allow_private_addresses`, `holds something else than ${forms}`);
  }
  checkProxies(prefix, options);
  const caCertificates = readCertificates(`${prefix}ca_certificates`, options.caCertificates);
  return { ...options, caCertificates };
}

/** Proxies may hold credentials, so no error quotes them. @throws ConfigError */
export function checkProxies(
  prefix: string,
  options: Pick<OutboundOptions, 'httpProxy' | 'httpsProxy'>,
): void {
  checkProxy(`${prefix}http_proxy`, options.httpProxy);
  checkProxy(`${prefix}https_proxy`, options.httpsProxy);
}

function checkProxy(field: string, address: string | undefined): void {
  if (address === undefined) return;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return;
  throw new ConfigError(field, 'must be an http or https address');
}

/**
 * The certificates of a text, one after the other; undefined for an empty one.
 * @throws ConfigError for text that is not PEM of certificates
 */
export function readCertificates(field: string, pem = ''): string | undefined {
  if (pem.trim() === '') return undefined;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length === 0) throw new Error('no certificate');
    for (const block of blocks) new X509Certificate(block);
  } catch {
    throw new ConfigError(field, 'must be certificates in PEM');
  }
  return blocks.join('\n');
}

/**
 * Whether a client's certificate, its chain after it, and its private key can be used together.
 * @param prefix put before the names of fields in errors
 * @throws ConfigError naming the field, never its value
 */
export function checkClientCertificate(prefix: string, certificate: string, key: string): void {
  const certificateField = `${prefix}client_certificate`;
  const chain = readCertificates(certificateField, certificate);
  if (chain === undefined) throw new ConfigError(certificateField, 'must be certificates in PEM');
  const keyField = `${prefix}client_key`;
  let matches: boolean;
  try {
    matches = new X509Certificate(chain).checkPrivateKey(createPrivateKey(key));
  } catch {
    throw new ConfigError(keyField, 'must be a private key in PEM without a passphrase');
  }
  if (!matches) throw new ConfigError(keyField, 'does not belong to client_certificate');
}
