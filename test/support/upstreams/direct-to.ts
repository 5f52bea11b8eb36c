import type { DirectConfig } from '../../../plugins/mcp-aggregate/config/servers/direct-config.js';

/** Direct calls to a server on this machine. */
export function directTo(url: string): DirectConfig {
  const { hostname: host, port, host: authority, pathname: path } = new URL(url);
  const rest = { upstream: undefined, silenceMs: 60_000, verified: true };
  return { scheme: 'http', host, port: Number(port), authority, path, ...rest };
}
