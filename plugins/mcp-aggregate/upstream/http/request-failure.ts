import { McpError } from '../../../../lib/errors.js';
import { protocolBroken, timedOut, unavailable } from '../failures.js';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'has a host name that is not known',
  EAI_AGAIN: 'has a host name that cannot be looked up now',
  UND_ERR_CONNECT_TIMEOUT: 'did not take the connection in time',
  ETIMEDOUT: 'did not take the connection in time',
  EHOSTUNREACH: 'cannot be reached over the network',
  ENETUNREACH: 'cannot be reached over the network',
};
const tls = /CERT|^ERR_TLS|^ERR_SSL|^EPROTO$|SELF_SIGNED|UNABLE_TO_/;
const malformed = /^(HPE_|UND_ERR_(HEADERS_OVERFLOW|RES_CONTENT_LENGTH|RESPONSE))/;

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
  if (malformed.test(code)) return protocolBroken(server, 'answered something that is not HTTP');
  if (tls.test(code)) {
    return new NotConnected(server, `has a certificate that is not accepted (${code})`);
  }
  const reason = reasons[code];
  if (reason !== undefined) return new NotConnected(server, reason);
  return unavailable(server, 'broke the connection');
}

/** The code of the error or of its cause; with several addresses tried, of the first. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code, errors } = error as Error & { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  if (Array.isArray(errors)) return codeOf(errors[0]);
  return codeOf(error.cause);
}
