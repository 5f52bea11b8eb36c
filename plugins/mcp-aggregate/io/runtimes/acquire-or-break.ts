import { log } from '../../../../lib/log.js';
import { MissingSecret } from '../../config/servers/auth-config.js';
import type { ServerConfig } from '../../config/config.js';
import type { Lease } from '../../upstream/registry.js';
import { brokenUpstream } from './broken-upstream.js';

const noSecret = 'a credential it needs has no value; the log of the gateway says which';

/** A server that cannot even be set up must not take the others down. */
export function acquireOrBreak(
  server: ServerConfig,
  acquire: (server: ServerConfig) => Lease,
): Lease {
  try {
    return acquire(server);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be set up';
    log('error', 'server_unusable', { server: server.name, reason });
    const missing = error instanceof MissingSecret ? noSecret : undefined;
    return { upstream: brokenUpstream(server.name, missing), release: () => undefined };
  }
}
