import type { McpError } from '../../../../lib/errors.js';
import { protocolBroken, unavailable } from '../failures.js';
import { retryAfterMs } from './retry-after.js';

/**
 * The failure that a status outside 2xx stands for. Body, headers and challenge of such an answer
 * are never shown to anyone (design D12), but for the time after which the server wants to be asked
 * again, as `retry_after_ms`.
 */
export function statusFailure(
  server: string,
  status: number,
  retryAfter?: string | string[],
): McpError {
  const more = { status };
  if (status === 401 || status === 403) {
    return unavailable(
      server,
      `refused the gateway's credential (HTTP ${status})`,
      'failing',
      more,
    );
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

/** Statuses by which servers say that they do not know a session (requirement H34; 400 in samples). */
export function deniesSession(status: number): boolean {
  return status === 404 || status === 400;
}
