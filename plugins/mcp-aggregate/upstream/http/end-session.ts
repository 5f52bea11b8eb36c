import { log } from '../../../../lib/log.js';
import { discard } from './requests/http-endpoint.js';
import type { HttpEndpoint } from './requests/http-endpoint.js';
import { sideMessageMs } from './streams/side-messages.js';

/** Tells a server that a session is over (requirement H34); best effort. */
export async function endSession(
  server: string,
  endpoint: Pick<HttpEndpoint, 'request'>,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    const signal = AbortSignal.timeout(sideMessageMs);
    discard(await endpoint.request('DELETE', headers, undefined, signal, 'aside'));
  } catch {
    log('debug', 'upstream_session_not_ended', { server });
  }
}
