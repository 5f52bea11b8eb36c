import { McpError } from '../../../../../lib/errors/errors.js';
import { protocolBroken, timedOut, unavailable } from '../../failure/failures.js';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'has a host name that is not known',
  EAI_AGAIN: 'has a host name that cannot be looked up now',
  UND_ERR_CONNECT_TIMEOUT: 'did not take the connection in time',
  ETIMEDOUT: 'did not take the connection in time',
  EHOSTUNREACH: 'cannot be reached over the network',
  ENETUNREACH: 'cannot be reached over the network',
};
/** What the TLS handshake failed with, as OpenSSL and Node name it. */
const certificates: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet',
  CERT_REVOKED: 'has a certificate that is revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a self-signed certificate: see ca_certificates',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another host: see ssl_server_name',
  SELF_SIGNED_CERT_IN_CHAIN: 'has a certificate of an unknown authority: see ca_certificates',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'has a certificate of an unknown authority: see ca_certificates',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'has a certificate of an unknown authority: see ca_certificates',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS at its address',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'does not speak TLS at its address',
};
const wantsCertificate =
  /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|ACCESS_DENIED)|SSLV3_ALERT_HANDSHAKE_FAILURE/;
const tls = /CERT|^ERR_TLS|^ERR_SSL|^EPROTO$|SELF_SIGNED|UNABLE_TO_/;
const malformed = /^(HPE_|UND_ERR_(RES_CONTENT_LENGTH|RESPONSE))/;

/** No connection came about, so every caller of this server meets the same. */
export class NotConnected extends McpError {
  constructor(server: string, why: string) {
    const { code, message, data } = unavailable(server, why);
    super(code, message, data);
    this.name = 'NotConnected';
  }
}

/**
 * What a failed request means. Messages of the HTTP client are not passed on: they hold addresses.
 * @returns an McpError as it is, else one for the error's code
 */
export function requestFailure(server: string, deadlineMs: number, error: unknown): McpError {
  if (error instanceof McpError) return error;
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return timedOut(server, deadlineMs);
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return protocolBroken(server, 'answered with more than 16 KiB of headers');
  }
  if (malformed.test(code)) return protocolBroken(server, 'answered something that is not HTTP');
  const reason = reasons[code] ?? certificates[code] ?? tlsReason(code) ?? proxyReason(code, error);
  if (reason !== undefined) return new NotConnected(server, reason);
  return unavailable(server, 'broke the connection');
}

function tlsReason(code: string): string | undefined {
  if (wantsCertificate.test(code)) {
    return `does not accept our client certificate, or wants one: see client_certificate (${code})`;
  }
  return tls.test(code) ? `cannot be spoken to by TLS (${code})` : undefined;
}

/** What a proxy answered in place of a tunnel. */
function proxyReason(code: string, error: unknown): string | undefined {
  if (code === 'UND_ERR_PRX_TLS') return 'has a proxy whose certificate is not accepted';
  const said = code === 'UND_ERR_ABORTED' && error instanceof Error ? error.message : '';
  const status = /^Proxy response \((\d{3})\)/.exec(said)?.[1];
  return status && `cannot be reached through its proxy (HTTP ${status})`;
}

/** The code of the error or of its cause; with several addresses tried, of the first. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code, errors } = error as Error & { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  if (Array.isArray(errors)) return codeOf(errors[0]);
  return codeOf(error.cause);
}
