import { ConfigError } from '../../../lib/errors/errors.js';

const eraBridge = 'KONG_MCP_EXPERIMENTAL_ERA_BRIDGE';

/**
 * Variables that were read once. Who still sets one would wonder why nothing follows from it.
 * @throws ConfigError naming the variable, and what to do instead
 */
export function refuseRetired(env: Readonly<Record<string, string | undefined>>): void {
  if (!env[eraBridge]) return;
  throw new ConfigError(
    eraBridge,
    'is no more: clients and servers of every protocol version are served without it. Unset it; to serve fewer, set protocol_versions in the configuration of mcp-aggregate',
  );
}
