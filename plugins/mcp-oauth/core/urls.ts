import { ConfigError } from '../../../lib/errors.js';

const loopback = /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether what is sent to `url` stays on this machine, where plain http is safe enough. */
export function isLoopback(url: URL): boolean {
  return loopback.test(url.hostname);
}

/**
 * An absolute address over https, or over http on a loopback host, without credentials or fragment
 * (A20, A25).
 * @throws ConfigError naming `field`
 */
export function secureUrl(field: string, text: string): URL {
  if (!URL.canParse(text)) throw new ConfigError(field, 'is not an absolute URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError(field, 'must not hold credentials');
  }
  if (text.includes('#')) throw new ConfigError(field, 'must not have a fragment');
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw new ConfigError(field, 'must use https; http is for localhost, 127.0.0.0/8 and [::1] only');
}

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
