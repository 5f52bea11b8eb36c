import { createPrivateKey } from 'node:crypto';
import type { JWK } from 'jose';
import { ConfigError } from '../../../lib/errors/errors.js';
import { introspectionHeaders, isOf } from '../../../lib/http/reserved-headers.js';
import type { ClientAuthentication } from '../../../lib/outbound/client-authentication.js';
import type { OAuthKongConfig } from '../../../schema/mcp-oauth.js';
import type { IntrospectionConfig } from '../core/token/token-config.js';
import { secureUrl } from '../core/resource/urls.js';

const ownParameters =
  /^(?:token|token_type_hint|client_id|client_secret|client_assertion|client_assertion_type)$/;
const algorithms: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'EdDSA',
};

/**
 * Settings of introspection; undefined without an endpoint.
 * @throws ConfigError naming the field
 */
export function readIntrospection(
  kong: OAuthKongConfig,
  issuers: readonly string[],
): IntrospectionConfig | undefined {
  const address = kong.introspection_endpoint ?? undefined;
  if (address === undefined) return undefined;
  const endpoint = secureUrl('introspection_endpoint', address);
  const issuer = readIssuer(kong.introspection_issuer ?? undefined, issuers);
  const form = kong.args ?? {};
  const headers = kong.headers ?? {};
  refuse('args', Object.keys(form), (name) => ownParameters.test(name));
  refuse('headers', Object.keys(headers), (name) => isOf(introspectionHeaders, name.toLowerCase()));
  return {
    endpoint,
    issuer,
    jwtsToo: kong.introspect === 'all',
    cacheTtlSeconds: kong.introspection_cache_ttl,
    client: readClient(kong, issuer),
    form,
    headers,
    audienceOptional: kong.insecure_relaxed_audience_validation,
  };
}

function readIssuer(given: string | undefined, issuers: readonly string[]): string {
  const field = 'introspection_issuer';
  const [only, ...more] = issuers;
  if (given === undefined && more.length > 0) {
    throw new ConfigError(field, 'is needed to say which of the issuers has the endpoint');
  }
  const issuer = given ?? only ?? '';
  if (!issuers.includes(issuer)) throw new ConfigError(field, 'is none of the configured issuers');
  return issuer;
}

function readClient(kong: OAuthKongConfig, issuer: string): ClientAuthentication {
  const clientId = kong.client_id ?? '';
  if (clientId === '') throw new ConfigError('client_id', 'is needed for introspection');
  const method = kong.client_auth;
  if (method === 'private_key_jwt') {
    const audience = kong.client_assertion_audience ?? issuer;
    return { method, clientId, key: readPrivateKey('client_jwk', kong.client_jwk ?? ''), audience };
  }
  const secret = kong.client_secret ?? '';
  if (secret === '') throw new ConfigError('client_secret', `is needed for ${method}`);
  return { method, clientId, secret };
}

/** @throws ConfigError naming `field`, never its value */
export function readPrivateKey(field: string, text: string): JWK & { readonly alg: string } {
  if (text === '') throw new ConfigError(field, 'is needed for private_key_jwt');
  try {
    const key = JSON.parse(text) as JWK;
    createPrivateKey({ key, format: 'jwk' });
    const alg = key.alg ?? algorithms[key.crv ?? ''] ?? 'RS256';
    return Object.freeze({ ...key, alg });
  } catch {
    throw new ConfigError(field, 'must be a private JSON Web Key');
  }
}

function refuse(field: string, names: readonly string[], isOwn: (name: string) => boolean): void {
  const clash = names.find(isOwn);
  if (clash !== undefined) throw new ConfigError(field, `must not set ${clash}`);
}
