import { ConfigError } from '../../../../lib/errors/errors.js';
import { isOf, neverForwarded } from '../../../../lib/http/reserved-headers.js';
import type { ServerKongConfig } from '../../../../schema/mcp-aggregate.js';

/**
 * Names of client headers that a server gets, in lower case.
 * @param field names the server
 * @throws ConfigError for a header that is never handed on (design D13), in any spelling, and for one
 *   that `headers` sets
 */
export function readForwardHeaders(field: string, server: ServerKongConfig): readonly string[] {
  const given = Array.isArray(server.forward_headers) ? server.forward_headers : [];
  const own = new Set(Object.keys(server.headers ?? {}).map((name) => name.toLowerCase()));
  const names = new Set<string>();
  for (const name of given as readonly string[]) {
    const key = name.toLowerCase();
    const plain = key.replaceAll('_', '-');
    const where = `${field}.forward_headers`;
    if (isOf(neverForwarded, plain)) {
      throw new ConfigError(where, `must not name ${name}: it is never handed on to servers`);
    }
    if (!/^[a-z0-9-]+$/.test(key)) throw new ConfigError(where, `${name} is not a header name`);
    if (own.has(key)) throw new ConfigError(where, `names ${name}, which headers sets already`);
    names.add(key);
  }
  if (names.size > 0 && server.stdio) {
    throw new ConfigError(`${field}.forward_headers`, 'is not for stdio servers');
  }
  return [...names];
}
