import { ConfigError } from '../../../lib/errors/errors.js';
import type { ClientAuthentication } from '../../../lib/outbound/client-authentication.js';
import type { OAuthKongConfig } from '../../../schema/mcp-oauth.js';
import { providerPresets } from '../../../schema/oauth/oauth-presets.js';
import type { ProviderPreset } from '../../../schema/oauth/oauth-presets.js';
import type { FacadeConfig, SharedClient } from '../core/facade/facade-config.js';
import { redirectRule } from '../core/facade/redirect-uris.js';
import type { KeySource } from '../core/token/token-config.js';
import { readPrivateKey } from './introspection-config.js';
import { readList } from './read-list.js';

type KongFacade = NonNullable<OAuthKongConfig['facade']>;

/** What the configuration says of the provider; undefined without a facade. */
export function presetOf(kong: OAuthKongConfig): ProviderPreset | undefined {
  const { facade } = kong;
  return facade ? providerPresets[facade.provider] : undefined;
}

/**
 * Settings of the facade; undefined without one.
 * @param issuers those that the configuration shows to clients
 * @throws ConfigError naming the field, never a value
 */
export function readFacade(
  kong: OAuthKongConfig,
  issuers: readonly string[],
  keySources: ReadonlyMap<string, KeySource>,
): FacadeConfig | undefined {
  const given = kong.facade;
  const preset = presetOf(kong);
  if (!given || preset === undefined) return undefined;
  const [issuer = '', ...more] = issuers;
  if (more.length > 0) {
    throw new ConfigError('facade', 'is for one issuer: authorization_servers names several');
  }
  refuseBinding(kong);
  const registration = given.registration ?? preset.registration;
  const client = readClient(given, issuer);
  if (registration === 'static' && client === undefined) {
    throw new ConfigError('facade.client_id', 'is needed where registration is static');
  }
  const entries = readList('facade.redirect_uris', given.redirect_uris);
  const audienceFollows = !isGiven(given.audience) && preset.audience === 'resource';
  return Object.freeze({
    issuer,
    source: keySources.get(issuer),
    registration,
    client,
    allowsRedirect: redirectRule('facade.redirect_uris', entries),
    resourceAs: readResource(given, preset),
    audience: audienceFollows ? kong.resource : (given.audience ?? undefined),
    audienceFollows,
    addScopes: given.add_scopes
      ? readList('facade.add_scopes', given.add_scopes)
      : preset.add_scopes,
    dropScopes: given.drop_scopes
      ? readList('facade.drop_scopes', given.drop_scopes)
      : preset.drop_scopes,
    addParameters: given.add_parameters ?? preset.add_parameters,
    proxiesKeys: (given.jwks ?? preset.jwks) === 'proxy',
    servesRoot: given.serve_root,
  });
}

/** A proof for the facade's address is none for the issuer's, so nobody would have a bound token. */
function refuseBinding(kong: OAuthKongConfig): void {
  const why = 'cannot be required beside a facade: tokens that come by way of it are not bound';
  if (kong.dpop?.mode === 'required') throw new ConfigError('dpop.mode', why);
  if (kong.mtls_bound_tokens === 'required') throw new ConfigError('mtls_bound_tokens', why);
}

function readResource(given: KongFacade, preset: ProviderPreset): string | null | undefined {
  const does = given.resource_parameter ?? preset.resource_parameter;
  const value = given.resource_value ?? undefined;
  if (does !== 'replace') {
    if (value === undefined) return does === 'drop' ? null : undefined;
    throw new ConfigError('facade.resource_value', 'needs resource_parameter: replace');
  }
  if (value !== undefined) return value;
  throw new ConfigError('facade.resource_value', 'is needed where resource_parameter is replace');
}

function readClient(given: KongFacade, issuer: string): SharedClient | undefined {
  const { client_id: id, client_secret: secret, client_jwk: key } = given;
  const hasId = isGiven(id);
  const [hasSecret, hasKey] = [isGiven(secret), isGiven(key)];
  // A reference that Kong cannot resolve arrives as empty text.
  for (const [name, value] of Object.entries({
    client_id: id,
    client_secret: secret,
    client_jwk: key,
  })) {
    if (value === '') throw new ConfigError(`facade.${name}`, 'is configured, and has no value');
  }
  if (!hasId) {
    if (!hasSecret && !hasKey) return undefined;
    throw new ConfigError('facade.client_id', 'is needed beside a secret or a key');
  }
  return { id: id!, proof: readProof(given, id!, issuer) };
}

function readProof(
  given: KongFacade,
  clientId: string,
  issuer: string,
): ClientAuthentication | undefined {
  const { client_auth: method, client_secret: secret, client_jwk: key } = given;
  if (method === 'private_key_jwt') {
    if (isGiven(secret)) {
      throw new ConfigError('facade.client_secret', 'is no part of private_key_jwt');
    }
    if (!isGiven(key)) {
      throw new ConfigError('facade.client_jwk', 'is needed for private_key_jwt');
    }
    return { method, clientId, key: readPrivateKey('facade.client_jwk', key!), audience: issuer };
  }
  if (isGiven(key)) {
    throw new ConfigError('facade.client_jwk', 'needs client_auth: private_key_jwt');
  }
  return isGiven(secret) ? { method, clientId, secret: secret! } : undefined;
}

function isGiven(value: string | null | undefined): boolean {
  return value !== undefined && value !== null;
}
