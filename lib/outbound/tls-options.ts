import { createSecureContext, rootCertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';

/** How the other side of a TLS connection is believed, and what it is shown. All PEM. */
export interface TlsSettings {
  readonly sslVerify: boolean;
  /** Certificates trusted beside the well-known authorities. */
  readonly caCertificates?: string | undefined;
  /** A certificate and its key, shown to servers that ask for one. */
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  /** The name that the certificate must have, in place of the address's host. */
  readonly serverName?: string | undefined;
}

export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly secureContext?: SecureContext;
  readonly servername?: string;
}

/** The settings as Node takes them. Throws where OpenSSL refuses the PEM. */
export function tlsOptions(settings: TlsSettings): TlsOptions {
  const { sslVerify, caCertificates, clientCertificate: cert, clientKey: key } = settings;
  const own = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  const ca = caCertificates ? { ca: [...rootCertificates, caCertificates] } : undefined;
  return {
    rejectUnauthorized: sslVerify,
    ...(own || ca ? { secureContext: createSecureContext({ ...ca, ...own }) } : {}),
    ...(settings.serverName === undefined ? {} : { servername: settings.serverName }),
  };
}
