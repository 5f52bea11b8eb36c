import type { JSONWebKeySet, JWK } from 'jose';
import { ConfigError } from '../../../lib/errors/errors.js';
import type { OAuthKongConfig } from '../../../schema/mcp-oauth.js';
import type { KeySource } from '../core/token/token-config.js';
import { secureUrl } from '../core/resource/urls.js';
import { readList } from './read-list.js';

type IssuerEntry = OAuthKongConfig['issuers'][number];

const maxInlineKeys = 64;
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * The key source of each accepted issuer: those `advertised` and those of `issuers`. Names are kept
 * as written: with and without trailing slash are two issuers.
 * @throws ConfigError naming the field
 */
export function readKeySources(
  kong: OAuthKongConfig,
  advertised: readonly string[],
): ReadonlyMap<string, KeySource> {
  const entries = readList('issuers', kong.issuers);
  for (const { issuer } of entries) checkIssuer('issuers', issuer);
  const own = new Map(entries.map((entry) => [entry.issuer, sourceOf(entry)]));
  if (own.size < entries.length) throw new ConfigError('issuers', 'names one twice');
  const discovered = advertised.map((issuer) => [issuer, { kind: 'metadata', url: undefined }]);
  const sources = new Map<string, KeySource>([...(discovered as [string, KeySource][]), ...own]);
  const short = shortSource(kong);
  if (short === undefined) return sources;
  if (sources.size > 1 || own.size > 0) {
    throw new ConfigError(
      short.field,
      'needs exactly one entry in authorization_servers and none in issuers: keys of one issuer must not vouch for another',
    );
  }
  return new Map([...sources.keys()].map((issuer) => [issuer, short.source]));
}

/** @throws ConfigError naming `field` */
export function checkIssuer(field: string, issuer: string): void {
  secureUrl(field, issuer);
  if (issuer.includes('?')) throw new ConfigError(field, 'an issuer must not have a query');
}

/** The form for a single issuer. */
function shortSource(
  kong: OAuthKongConfig,
): { readonly field: string; readonly source: KeySource } | undefined {
  const { jwks_endpoint: keys, metadata_discovery_endpoint: metadata } = kong;
  if (keys && metadata) {
    throw new ConfigError('jwks_endpoint', 'excludes metadata_discovery_endpoint');
  }
  if (keys) {
    const url = secureUrl('jwks_endpoint', keys);
    return { field: 'jwks_endpoint', source: { kind: 'endpoint', url } };
  }
  if (!metadata) return undefined;
  const url = secureUrl('metadata_discovery_endpoint', metadata);
  return { field: 'metadata_discovery_endpoint', source: { kind: 'metadata', url } };
}

function sourceOf(entry: IssuerEntry): KeySource {
  const { jwks_endpoint: endpoint, jwks, metadata_discovery_endpoint: metadata } = entry;
  if ([endpoint, jwks, metadata].filter(Boolean).length > 1) {
    throw new ConfigError('issuers', `gives ${entry.issuer} more than one source of keys`);
  }
  if (jwks) return { kind: 'inline', keys: inlineKeys(jwks) };
  if (endpoint) return { kind: 'endpoint', url: secureUrl('issuers', endpoint) };
  return { kind: 'metadata', url: metadata ? secureUrl('issuers', metadata) : undefined };
}

function inlineKeys(text: string): JSONWebKeySet {
  let keys: unknown;
  try {
    keys = (JSON.parse(text) as { keys?: unknown } | null)?.keys;
  } catch {
    keys = undefined;
  }
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > maxInlineKeys) {
    throw new ConfigError('issuers', 'jwks must be a JSON Web Key Set with 1 to 64 keys');
  }
  if (!keys.every(isPublicKey)) {
    throw new ConfigError('issuers', 'jwks must hold public keys only');
  }
  return { keys };
}

function isPublicKey(key: unknown): key is JWK {
  if (key === null || typeof key !== 'object') return false;
  const asymmetric = ['RSA', 'EC', 'OKP'].includes(String((key as JWK).kty));
  return asymmetric && !privateMembers.some((member) => Object.hasOwn(key, member));
}
