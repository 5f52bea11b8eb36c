import { ConfigError } from '../../lib/errors.js';
import type { ServerKongConfig } from '../../schema/mcp-aggregate.js';

/** Of the protocol, of the connection, or a credential that was given to this gateway alone. */
const never: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'authorization',
  'connection',
  'cookie',
  'cookie2',
  'dpop',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'last-event-id',
  'origin',
  'range',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'www-authenticate',
  'x-anonymous-consumer',
]);
/** Families of the same, and what Kong says of a caller: servers might take it for verified. */
const neverBegin = [
  'content-',
  'if-',
  'mcp-',
  'proxy-',
  'sec-',
  'x-authenticated-',
  'x-consumer-',
  'x-credential-',
  'x-forwarded-',
  'x-kong-',
  'x-mcp-',
];

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
    if (never.has(plain) || neverBegin.some((start) => plain.startsWith(start))) {
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
