import { ConfigError } from '../../../lib/errors/errors.js';
import type { SealingKeys } from '../../../lib/handles/sealing-keys.js';
import { readPeer } from '../core/owners/peer.js';
import type { PeerAddress } from '../core/owners/peer.js';

const variable = 'KONG_MCP_PEER_ADDRESS';

/**
 * Where other nodes reach this one, by `KONG_MCP_PEER_ADDRESS`; undefined where they do not.
 * @param count of workers, each of which has a port of its own
 * @throws ConfigError for an address that cannot be followed, or without a key that all nodes share
 */
export function readPeerAddress(
  env: Readonly<Record<string, string | undefined>>,
  count: number,
  keys: SealingKeys,
): PeerAddress | undefined {
  const text = env[variable]?.trim() ?? '';
  if (text === '') return undefined;
  const address = readPeer(text);
  if (address === undefined) {
    throw new ConfigError(variable, 'must be HOST:PORT, by which the other nodes reach this one');
  }
  const last = address.port + count - 1;
  if (last > 65_535) {
    throw new ConfigError(variable, `needs ${count} ports, one for each worker: up to ${last}`);
  }
  if (keys.from === 'configuration') return address;
  throw new ConfigError(
    variable,
    'needs a sealing key that all nodes share, or nobody could tell a node from a stranger: set KONG_MCP_SEALING_KEY or KONG_MCP_SEALING_KEY_FILE to the same key on every node (openssl rand -base64 32)',
  );
}
