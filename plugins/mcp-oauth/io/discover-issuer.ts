import type { Fetch } from '../../../lib/outbound/outbound-fetch.js';
import { isLoopback } from '../core/resource/urls.js';
import { fetchJson, NoDocument } from './fetch-json.js';
import { IssuerUnavailable } from './issuer-unavailable.js';

type Members = Readonly<Record<string, unknown>>;

const names = ['oauth-authorization-server', 'openid-configuration'] as const;

/**
 * Where an issuer's metadata may be: between host and path (RFC 8414 §3.1) or after the path (OpenID
 * Connect Discovery §4), each under either name, since servers mix them; the standard places first.
 */
export function metadataUrls(issuer: string): readonly URL[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const [oauth, openid] = names;
  const inserted = (name: string) => `${origin}/.well-known/${name}${path}`;
  const appended = (name: string) => `${origin}${path}/.well-known/${name}`;
  const places = [inserted(oauth), appended(openid), inserted(openid), appended(oauth)];
  return [...new Set(places)].map((place) => new URL(place));
}

/**
 * The metadata of exactly this issuer, at the first of `places` that has what `read` needs of it.
 * @param read throws NoDocument where the document is none of use
 * @throws IssuerUnavailable when none has
 */
export async function discover<T>(
  issuer: string,
  places: readonly URL[],
  request: { readonly fetch: Fetch; readonly signal: AbortSignal },
  read: (document: Members) => T,
): Promise<T> {
  const { fetch, signal } = request;
  let last: unknown = new NoDocument(`${issuer} has no metadata`);
  for (const place of places) {
    try {
      return read(ofIssuer(await fetchJson(place, fetch, { signal, purpose: 'metadata' }), issuer));
    } catch (error) {
      if (!(error instanceof NoDocument)) throw error;
      last = error;
    }
  }
  throw last;
}

/**
 * The key set address that an issuer's own metadata names, at the first of `places` that has it.
 * @throws IssuerUnavailable when none answers with metadata of exactly this issuer
 */
export function discoverKeySet(
  issuer: string,
  places: readonly URL[],
  fetch: Fetch,
  signal: AbortSignal,
): Promise<URL> {
  return discover(issuer, places, { fetch, signal }, (document) => keySetOf(document, issuer));
}

function ofIssuer(document: unknown, issuer: string): Members {
  const members = (document ?? {}) as Members;
  // RFC 8414 §3.3: metadata that names another issuer must not be used.
  if (members['issuer'] === issuer) return members;
  throw new NoDocument(`the metadata of ${issuer} names another issuer`);
}

function keySetOf(members: Members, issuer: string): URL {
  const uri = members['jwks_uri'];
  if (typeof uri !== 'string' || !URL.canParse(uri)) {
    throw new NoDocument(`the metadata of ${issuer} has no jwks_uri`);
  }
  const url = new URL(uri);
  // Plain http only between parties on this machine: else keys could be swapped on the way.
  const local = isLoopback(new URL(issuer)) && isLoopback(url);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && local)) return url;
  throw new IssuerUnavailable(`the jwks_uri of ${issuer} is not https`);
}
