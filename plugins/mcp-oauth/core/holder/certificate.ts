import { hash } from 'node:crypto';

/** Longest certificate looked at, in characters as nginx escapes it. */
const mostChars = 32_768;
const pem = /^-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;

/**
 * The digest by which tokens are bound to a certificate (RFC 8705 section 3.1): SHA-256 of its DER
 * form, in base64url; undefined where there is none. That the client has its key is what the TLS
 * handshake has shown; who signed it does not count.
 * @param escaped nginx's `$ssl_client_escaped_cert`: PEM, escaped as in addresses
 */
export function certificateDigest(escaped: string): string | undefined {
  if (escaped === '' || escaped.length > mostChars) return undefined;
  const [, base64] = pem.exec(unescaped(escaped)) ?? [];
  if (base64 === undefined) return undefined;
  return hash('sha256', Buffer.from(base64, 'base64'), 'base64url');
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
