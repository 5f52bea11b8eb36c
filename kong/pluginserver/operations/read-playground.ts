import { isLoopback } from './address.js';
import type { PlaygroundLogin, PlaygroundOptions } from './playground.js';

const mostEntries = 64;

/**
 * @param endpoints addresses, separated by commas
 * @param logins `ISSUER [client_id=ID] [ORIGIN…]`, separated by commas
 * @returns undefined where one of them could not be called with a token
 */
export function readPlayground(endpoints: string, logins: string): PlaygroundOptions | undefined {
  const addresses = entries(endpoints);
  const servers = entries(logins).map(readLogin);
  const few = addresses.length > 0 && addresses.length + servers.length <= mostEntries;
  if (!few || !addresses.every(isSafe) || !servers.every((one) => one !== undefined)) {
    return undefined;
  }
  return { endpoints: addresses, logins: servers };
}

function readLogin(text: string): PlaygroundLogin | undefined {
  const [issuer = '', ...words] = text.split(/\s+/);
  const ids = words.filter((word) => word.startsWith('client_id='));
  const also = words.filter((word) => !ids.includes(word));
  const clientId = ids[0]?.slice('client_id='.length);
  if (!isSafe(issuer) || ids.length > 1 || clientId === '' || !also.every(isOrigin)) {
    return undefined;
  }
  return { issuer, also, ...(clientId === undefined ? {} : { clientId }) };
}

const entries = (text: string): readonly string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** An address that a token may be sent to: https, or this machine. CSP knows no IPv6 addresses. */
function isSafe(address: string): boolean {
  if (!URL.canParse(address) || /[\s#?]/.test(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '' || hostname.startsWith('[')) return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

const isOrigin = (text: string): boolean => isSafe(text) && new URL(text).origin === text;
