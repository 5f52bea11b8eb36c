import { validateHeaderName, validateHeaderValue } from 'node:http';
import { ConfigError } from '../../../../../lib/errors/errors.js';
import { ownHeaders } from '../../../../../lib/http/reserved-headers.js';
import { MissingSecret } from '../../../config/servers/auth-config.js';
import type { ServerConfig } from '../../../config/config.js';

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
    if (ownHeaders.has(key)) throw new ConfigError(field, 'is set by the gateway; remove it');
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
