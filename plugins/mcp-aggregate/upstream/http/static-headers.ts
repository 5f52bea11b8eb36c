import { validateHeaderName, validateHeaderValue } from 'node:http';
import { ConfigError } from '../../../../lib/errors.js';
import { internalHandleHeader } from '../../../../lib/handles.js';
import { hopHeader } from '../../../../lib/hop-mark.js';
import { MissingSecret } from '../../auth-config.js';
import type { ServerConfig } from '../../config.js';

/** Headers that the protocol or the connection decides. */
const ours = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'last-event-id',
  'mcp-protocol-version',
  'mcp-session-id',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  hopHeader,
  internalHandleHeader,
]);

/**
 * The configured headers of a server by lower-case name: all that is sent with every request besides
 * the protocol's own. Nothing of a client is among them (design D13); see `forwardedHeaders`.
 * @throws ConfigError naming the header, never its value; as MissingSecret for an empty one
 */
export function staticHeaders(server: ServerConfig): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(server.headers)) {
    const field = `servers[${server.name}].headers.${name}`;
    const key = name.toLowerCase();
    if (ours.has(key)) throw new ConfigError(field, 'is set by the gateway; remove it');
    if (value.trim() === '') throw new MissingSecret(field);
    if (Object.hasOwn(headers, key)) throw new ConfigError(field, 'is given twice');
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new ConfigError(field, 'is not a valid HTTP header (is there a line break in it?)');
    }
    headers[key] = value;
  }
  return headers;
}
