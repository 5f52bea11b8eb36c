import type { McpError } from '../../../../../lib/errors/errors.js';
import { hasAuthorization } from '../../../config/servers/auth-config.js';
import type { ServerConfig } from '../../../config/config.js';
import { protocolBroken, unavailable } from '../../failure/failures.js';
import { retryAfterMs } from './retry-after.js';

/**
 * The failure that a status outside 2xx stands for. Headers and challenge of such an answer are never
 * shown to anyone (design D12), but for the time after which the server wants to be asked
 * again, as `retry_after_ms`.
 */
export function statusFailure(
  config: ServerConfig,
  status: number,
  retryAfter?: string | string[],
): McpError {
  const more = { status };
  const { name: server } = config;
  if (status === 401 || status === 403) {
    return unavailable(server, refusesUs(config, status), 'failing', more);
  }
  if (status >= 300 && status < 400) {
    const why = `answered with a redirect (HTTP ${status}), which is not followed: correct its url`;
    return protocolBroken(server, why, more);
  }
  if (status === 407) {
    return unavailable(
      server,
      'is behind a proxy that wants a credential (HTTP 407)',
      'failing',
      more,
    );
  }
  const wait = status === 429 || status === 503 ? retryAfterMs(retryAfter) : undefined;
  if (wait !== undefined) {
    const when = `answered HTTP ${status}: it may be asked again in ${Math.ceil(wait / 1000)} s`;
    return unavailable(server, when, 'failing', { ...more, retry_after_ms: wait });
  }
  if (status === 404 || status === 408 || status === 410 || status === 429 || status >= 500) {
    return unavailable(server, `answered HTTP ${status}`, 'failing', more);
  }
  return protocolBroken(server, `answered HTTP ${status}`, more);
}

/** Whether a status is about the way to the server or the credential, whatever its body says. */
export function isOfTheWay(status: number): boolean {
  return status < 400 || status === 401 || status === 403 || status === 407;
}

/** Only a credential that is sent can be refused. */
function refusesUs({ auth, headers, connection }: ServerConfig, status: number): string {
  const isSent = auth ?? connection?.clientCertificate;
  if (isSent !== undefined || hasAuthorization(headers)) {
    return `refused the gateway's credential (HTTP ${status})`;
  }
  return status === 401
    ? 'wants a credential, and none is configured for it (HTTP 401)'
    : 'forbids the request (HTTP 403)';
}
