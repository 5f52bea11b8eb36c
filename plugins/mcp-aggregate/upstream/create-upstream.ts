import type { ServerConfig } from '../config.js';
import type { Upstream } from '../core/upstream-port.js';
import { createCredentials } from './credentials/credentials.js';
import { Health } from './health.js';
import { HttpLink } from './http/http-link.js';
import { ListChanged } from './list-changed.js';
import { EraUpstream } from './modern/era-upstream.js';
import { gatewayContext, SessionUpstream } from './session-upstream.js';
import { childEnvironment } from './stdio/inherited-env.js';
import { StdioLink } from './stdio/stdio-link.js';
import { defaultTuning } from './upstream-deps.js';
import type { UpstreamDeps } from './upstream-deps.js';

/**
 * One MCP server of the session era. Nothing is connected or started before the first call.
 * @throws ConfigError for what the configuration cannot mean: an unknown stdio entry, a header that
 *   cannot be sent; as MissingSecret for a secret that arrived empty
 */
export function createUpstream(server: ServerConfig, deps: UpstreamDeps): Upstream {
  const tuning = { ...defaultTuning, ...deps.tuning };
  const health = new Health(server.name, { tuning });
  const listChanged = new ListChanged();
  const credentials = createCredentials(server, gatewayContext, deps);
  const link =
    server.kind === 'url'
      ? new HttpLink(server, tuning, health, listChanged.tell, credentials)
      : new StdioLink(server, stdioOptions(server, deps, tuning), health, listChanged.tell);
  const upstream = new SessionUpstream(server, link, health, listChanged, tuning, credentials);
  // Tokens that the gateway fetches are not sent to servers of the other era yet.
  const probes = deps.bridgesEras === true && server.kind === 'url' && server.auth === undefined;
  return probes ? new EraUpstream(server, upstream, tuning) : upstream;
}

function stdioOptions(
  server: ServerConfig,
  deps: UpstreamDeps,
  tuning: { readonly closeGraceMs: number },
) {
  const entry = deps.stdioEntry(`servers[${server.name}].stdio`, server.target);
  const env = childEnvironment(deps.env, entry.env);
  return { entry, env, closeGraceMs: tuning.closeGraceMs };
}
