import { randomBytes } from 'node:crypto';
import type { JWK, JWTPayload } from 'jose';
import type { ClientMetadata, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { providerConfiguration } from '../../../../kong/demo/login/provider-configuration.js';
import type { Quirks } from './quirks.js';

interface DoubleSettings {
  readonly quirks: Quirks;
  readonly resource: string;
  readonly scopes: readonly string[];
  readonly key: JWK;
  readonly client: ClientMetadata;
}

/** Where the clients under test are sent back to, below any port. */
const callbacks = ['http://127.0.0.1/callback', 'http://127.0.0.1/oauth/callback'];
const localhost = callbacks.map((uri) => uri.replace('127.0.0.1', 'localhost'));

/** The client that somebody has registered at the provider by hand. */
export function sharedClient({ confidential }: Quirks): ClientMetadata {
  const secret = randomBytes(24).toString('base64url');
  return {
    client_id: 'desktop-clients',
    application_type: 'native',
    redirect_uris: [...callbacks, ...localhost],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...(confidential
      ? { token_endpoint_auth_method: 'client_secret_post', client_secret: secret }
      : { token_endpoint_auth_method: 'none' }),
  };
}

interface SignedToken {
  header: Record<string, unknown> | undefined;
  payload: JWTPayload;
}

export function doubleConfiguration(settings: DoubleSettings): Configuration {
  const { quirks, resource, scopes, key, client } = settings;
  const usual = providerConfiguration({
    resources: [resource],
    scopes,
    clients: [],
    accessTokenSeconds: 300,
    accessTokenFormat: quirks.opaque ? 'opaque' : 'jwt',
    signingKey: key,
  });
  const { features } = usual;
  return {
    ...usual,
    clients: [client],
    ...(quirks.strictScopes ? { scopes: ['openid', ...scopes] } : {}),
    extraParams: quirks.audience ? ['audience'] : [],
    clientBasedCORS: () => false,
    formats: {
      customizers: {
        jwt: (_context: unknown, token: { clientId?: string }, jwt: SignedToken) => {
          const claims = quirks.claims({ ...jwt.payload }, token.clientId ?? '');
          jwt.header = { typ: quirks.typ };
          // oidc-provider signs no token without audience, which some of them do.
          Object.defineProperty(jwt.payload, 'toJSON', { value: () => claims });
        },
      },
    } as unknown as NonNullable<Configuration['formats']>,
    features: {
      ...features,
      resourceIndicators: {
        ...features?.resourceIndicators,
        defaultResource: (context: KoaContextWithOIDC, _client: unknown, oneOf?: string[]) =>
          oneOf?.[0] ?? (quirks.audience ? audienceOf(context, resource) : resource),
      } as NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>,
    },
  };
}

/** Without `audience` there is no API that the token would be for. */
function audienceOf({ oidc }: KoaContextWithOIDC, resource: string): string {
  const { audience } = oidc.params as Readonly<Record<string, unknown>>;
  return audience === resource ? resource : '';
}
