import { isLoopback } from '../core/urls.js';
import { fetchJson, NoDocument } from './fetch-json.js';
import type { Fetch } from './fetch-json.js';
import { KeysUnavailable } from './keys-unavailable.js';

/**
 * Where an issuer's metadata may be: RFC 8414 §3.1 between host and path, then OpenID Connect
 * Discovery §4 after the path.
 */
export function metadataUrls(issuer: string): readonly [URL, URL] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
    new URL(`${origin}${path}/.well-known/openid-configuration`),
  ];
}

/**
 * The key set address an issuer's own metadata names.
 * @throws KeysUnavailable when no address answers with metadata of exactly this issuer
 */
export async function discoverKeySet(
  issuer: string,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<URL> {
  const [first, second] = metadataUrls(issuer);
  try {
    return keySetOf(await fetchJson(first, fetch, signal), issuer);
  } catch (error) {
    if (!(error instanceof NoDocument)) throw error;
    return keySetOf(await fetchJson(second, fetch, signal), issuer);
  }
}

function keySetOf(document: unknown, issuer: string): URL {
  const members = (document ?? {}) as Readonly<Record<string, unknown>>;
  // RFC 8414 §3.3: metadata that names another issuer must not be used.
  if (members['issuer'] !== issuer) {
    throw new NoDocument(`the metadata of ${issuer} names another issuer`);
  }
  const uri = members['jwks_uri'];
  if (typeof uri !== 'string' || !URL.canParse(uri)) {
    throw new NoDocument(`the metadata of ${issuer} has no jwks_uri`);
  }
  const url = new URL(uri);
  // Plain http only between parties on this machine: else keys could be swapped on the way.
  const local = isLoopback(new URL(issuer)) && isLoopback(url);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && local)) return url;
  throw new KeysUnavailable(`the jwks_uri of ${issuer} is not https`);
}
