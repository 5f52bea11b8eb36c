import { ConfigError } from '../../../../lib/errors/errors.js';
import { modernRevisions } from '../../../../lib/protocol/revisions.js';
import type { ServerKongConfig } from '../../../../schema/mcp-aggregate.js';

/**
 * Reads `transport`; undefined where it is left to the server, which is asked by Streamable HTTP first.
 * @param field names the server
 * @throws ConfigError where there is no such transport to the server
 */
export function readTransport(field: string, server: ServerKongConfig): 'sse' | undefined {
  if (server.transport !== 'sse') return undefined;
  if (server.openapi) throw new ConfigError(`${field}.transport`, 'sse is for MCP servers');
  if (server.url || server.route) return 'sse';
  throw new ConfigError(`${field}.transport`, 'sse is for url and route servers');
}

/**
 * Those of the versions that are spoken over a transport: revisions without sessions have none but
 * Streamable HTTP.
 * @throws ConfigError where none is left
 */
export function versionsOver(
  transport: 'sse' | undefined,
  field: string,
  versions: readonly string[],
): readonly string[] {
  if (transport === undefined) return versions;
  const left = versions.filter((version) => !modernRevisions.includes(version));
  if (left.length > 0) return left;
  const why = 'names no version with sessions, and transport sse has no other';
  throw new ConfigError(`${field}.protocol_versions`, why);
}
