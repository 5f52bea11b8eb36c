import { ConfigError } from '../../../../lib/errors/errors.js';
import { isLoopback, secureUrl } from '../../../../lib/http/secure-url.js';

export { isLoopback, secureUrl };

/**
 * The canonical form of a protected resource: lower-case scheme and host, no default port, query,
 * fragment or trailing slash, and no path that Kong would rewrite when it normalises (A6).
 * @throws ConfigError naming `field`, with the form to use
 */
export function canonicalResource(field: string, text: string): URL {
  const url = secureUrl(field, text);
  if (text.includes('?')) throw new ConfigError(field, 'must not have a query');
  if (/%|\/\//.test(url.pathname)) {
    throw new ConfigError(field, 'must not have escapes or empty segments in its path');
  }
  const canonical = `${url.origin}${url.pathname}`.replace(/\/$/, '');
  if (text !== canonical) throw new ConfigError(field, `must be written ${canonical}`);
  return url;
}
