import type { JWTPayload } from 'jose';

/** How a provider differs from what MCP clients expect, by its documents and public reports. */
export interface Quirks {
  /** Path of the issuer. */
  readonly path: string;
  /** Which metadata it has: OpenID Connect's, RFC 8414's at the appended place, or both. */
  readonly metadata: 'openid' | 'appended' | 'both';
  /** What it says to `resource`. */
  readonly resource: 'refuses' | 'ignores' | 'honours';
  readonly registration: 'none' | 'forbidden' | 'without-cors';
  /** Whether authorization responses carry `iss` (RFC 9207). */
  readonly iss: boolean;
  /** Needs the parameter `audience`; without it tokens are opaque. */
  readonly audience: boolean;
  /** Refuses scopes that it does not know, `offline_access` among them. */
  readonly strictScopes: boolean;
  /** Needs the secret of the client although it is a desktop application. */
  readonly confidential: boolean;
  /** Tokens are opaque, and there is an endpoint that tells about them. */
  readonly opaque: boolean;
  /** `typ` of access tokens; undefined leaves it out. */
  readonly typ: string | undefined;
  /** Claims of an access token, from those that RFC 9068 would give it. */
  readonly claims: (claims: JWTPayload, clientId: string) => JWTPayload;
}

const plain: Quirks = {
  path: '',
  metadata: 'both',
  resource: 'ignores',
  registration: 'none',
  iss: false,
  audience: false,
  strictScopes: false,
  confidential: false,
  opaque: false,
  typ: 'at+jwt',
  claims: (claims) => claims,
};

/** The API's own application id, which Entra names as audience. */
export const entraApplication = '5c0e5f2a-7c0e-4f0a-9a55-0e3f0c1d2b3a';

/** `aud` and the short scope are what Entra makes of it (v2.0 tokens). */
function entraClaims(claims: JWTPayload, clientId: string): JWTPayload {
  const { scope, client_id: _client, ...rest } = claims;
  const scp = String(scope).replace(/^.*\//, '');
  return { ...rest, aud: entraApplication, azp: clientId, scp, ver: '2.0' };
}

function oktaClaims(claims: JWTPayload, clientId: string): JWTPayload {
  const { scope, client_id: _client, ...rest } = claims;
  return { ...rest, cid: clientId, scp: String(scope).split(' '), ver: 1 };
}

function cognitoClaims(claims: JWTPayload, clientId: string): JWTPayload {
  const { aud: _audience, ...rest } = claims;
  return { ...rest, client_id: clientId, token_use: 'access', version: 2 };
}

function auth0Claims(claims: JWTPayload, clientId: string): JWTPayload {
  const { client_id: _client, aud, iss, ...rest } = claims;
  return { ...rest, iss, aud: [String(aud), `${String(iss)}userinfo`], azp: clientId };
}

export const quirks = {
  'entra-id': {
    ...plain,
    path: '/8f2c1d7e/v2.0',
    metadata: 'openid',
    resource: 'refuses',
    confidential: true,
    typ: 'JWT',
    claims: entraClaims,
  },
  okta: {
    ...plain,
    path: '/oauth2/aus1',
    metadata: 'appended',
    registration: 'forbidden',
    typ: undefined,
    claims: oktaClaims,
  },
  auth0: { ...plain, path: '/', audience: true, typ: 'JWT', claims: auth0Claims },
  cognito: {
    ...plain,
    path: '/eu-west-1_Pool1',
    metadata: 'openid',
    strictScopes: true,
    typ: undefined,
    claims: cognitoClaims,
  },
  google: {
    ...plain,
    metadata: 'openid',
    iss: true,
    strictScopes: true,
    confidential: true,
    opaque: true,
  },
  keycloak: { ...plain, path: '/realms/mcp', registration: 'without-cors', typ: 'JWT' },
  generic: { ...plain, resource: 'honours', registration: 'none' },
} as const satisfies Readonly<Record<string, Quirks>>;

export type DoubledProvider = keyof typeof quirks;
