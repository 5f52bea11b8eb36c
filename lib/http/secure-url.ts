import { ConfigError } from '../errors/errors.js';

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
