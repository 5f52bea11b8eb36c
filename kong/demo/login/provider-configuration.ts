import { randomBytes } from 'node:crypto';
import type { Configuration, JWK } from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { InvalidTarget } from 'oidc-provider/lib/helpers/errors.js';
import { errorPage } from './login-page.js';

/** A confidential client that fetches tokens of its own by `client_credentials`. */
export interface DemoClient {
  readonly id: string;
  readonly secret: string;
  /** Public keys of a client that authenticates by `private_key_jwt` instead. */
  readonly keys?: readonly JWK[];
}

/** Fetches what a client's https address says about the client. */
export type ClientMetadataFetch = (url: string) => Promise<Response>;

export interface ProviderSettings {
  /** Protected resources, by the identifier a token then carries in `aud`. The first is the default. */
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  readonly clients: readonly DemoClient[];
  readonly accessTokenSeconds: number;
  /** Default `jwt`. */
  readonly accessTokenFormat?: 'jwt' | 'opaque';
  /** Fetches client-id metadata documents; without it clients register. */
  readonly clientMetadataFetch?: ClientMetadataFetch | undefined;
  /** Private key (JWK, ES256) that signs tokens. */
  readonly signingKey: JWK;
}

/**
 * Configuration of oidc-provider as MCP clients expect an authorization server: PKCE with S256
 * always, dynamic registration, RFC 8707 resources, RFC 9068 access tokens, refresh tokens.
 */
export function providerConfiguration(settings: ProviderSettings): Configuration {
  const { resources, scopes, accessTokenSeconds, clientMetadataFetch } = settings;
  return {
    adapter: createMemoryAdapter(),
    jwks: { keys: [settings.signingKey] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: settings.clients.map((client) => credentialsClient(client, scopes)),
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: ['openid', 'offline_access', ...scopes],
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    renderError: (context, out) => {
      context.type = 'html';
      context.body = errorPage(out.error, out.error_description);
    },
    ...(clientMetadataFetch ? { fetch: (url) => clientMetadataFetch(new Request(url).url) } : {}),
    features: {
      clientIdMetadataDocument: { enabled: clientMetadataFetch !== undefined, ack: 'draft-02' },
      devInteractions: { enabled: false },
      registration: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_context, client) => client.clientAuthMethod !== 'none',
      },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_context, _client, oneOf) => defaultResource(resources, oneOf),
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => resourceServer(settings, resource),
      },
    },
    ttl: {
      AccessToken: accessTokenSeconds,
      AuthorizationCode: 60,
      ClientCredentials: accessTokenSeconds,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
  };
}

function credentialsClient({ id, secret, keys }: DemoClient, scopes: readonly string[]) {
  return {
    client_id: id,
    ...(keys === undefined
      ? { client_secret: secret }
      : { token_endpoint_auth_method: 'private_key_jwt' as const, jwks: { keys: [...keys] } }),
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    scope: scopes.join(' '),
  };
}

/** What a request without `resource` is for; of several granted ones, the first known. */
function defaultResource(resources: readonly string[], oneOf: readonly string[] | undefined) {
  return resources.find((resource) => oneOf?.includes(resource) ?? true) ?? '';
}

function resourceServer(settings: ProviderSettings, resource: string) {
  if (!settings.resources.includes(resource)) throw new InvalidTarget();
  return {
    scope: settings.scopes.join(' '),
    audience: resource,
    accessTokenFormat: settings.accessTokenFormat ?? 'jwt',
    accessTokenTTL: settings.accessTokenSeconds,
    jwt: { sign: { alg: 'ES256' as const } },
  };
}
