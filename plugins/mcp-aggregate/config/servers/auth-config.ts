import type { JWK } from 'jose';
import { ConfigError } from '../../../../lib/errors/errors.js';
import { isLoopback, secureUrl } from '../../../../lib/http/secure-url.js';
import type { OutboundOptions } from '../../../../lib/outbound/outbound-fetch.js';
import type { ServerKongConfig } from '../../../../schema/mcp-aggregate.js';

type KongAuth = NonNullable<ServerKongConfig['auth']>;
type KongClient = NonNullable<KongAuth['client_credentials']> | KongExchange;
type KongExchange = NonNullable<KongAuth['token_exchange']>;

/** Which client the gateway is at a token endpoint. Secrets may be empty: see MissingSecret. */
export interface TokenClient {
  readonly endpoint: URL;
  readonly id: string;
  readonly method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  readonly secret: string;
  /** A private JSON Web Key as text. */
  readonly jwk: string;
  readonly assertionAudience: string;
}

/** What a token is asked for. */
export interface TokenTarget {
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly resource: string | undefined;
}

/** Tokens that the gateway fetches for one server. Holds secrets: never log it. */
export interface AuthConfig {
  readonly clientCredentials: (TokenClient & TokenTarget) | undefined;
  readonly tokenExchange:
    | (TokenClient &
        TokenTarget & {
          readonly subjectTokenType: string;
          readonly requestedTokenType: string | undefined;
          /** For answers that do not say how long their token lives. */
          readonly ttlSeconds: number;
        })
    | undefined;
  readonly outbound: OutboundOptions;
}

/** A secret arrived empty: Kong hands over an empty string for a vault reference it cannot resolve. */
export class MissingSecret extends ConfigError {
  constructor(field: string) {
    super(field, 'is empty: if it is a vault reference, Kong could not resolve it');
    this.name = 'MissingSecret';
  }
}

const defaultTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const defaultTtlSeconds = 300;

/**
 * Reads the `auth` of a server.
 * @param field names the server
 * @throws ConfigError naming the field, for what the schema cannot express
 */
export function readAuth(field: string, server: ServerKongConfig): AuthConfig | undefined {
  const auth = server.auth ?? undefined;
  if (auth === undefined) return undefined;
  if (!server.url && !server.route) {
    throw new ConfigError(`${field}.auth`, 'is for url and route servers only');
  }
  const credentials = auth.client_credentials ?? undefined;
  const exchange = auth.token_exchange ?? undefined;
  if (credentials !== undefined && hasAuthorization(server.headers ?? {})) {
    throw new ConfigError(`${field}.auth`, 'and a header Authorization exclude each other');
  }
  const credentialsField = `${field}.auth.client_credentials`;
  return {
    clientCredentials: credentials && {
      ...readClient(credentialsField, credentials),
      ...readTarget(credentials),
    },
    tokenExchange: exchange && readExchange(`${field}.auth.token_exchange`, exchange),
    outbound: readOutbound(auth),
  };
}

/** Whether a header holds the gateway's own credential. */
export function hasAuthorization(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => /^authorization$/i.test(name));
}

function readExchange(field: string, exchange: KongExchange) {
  const request = exchange.request ?? undefined;
  return {
    ...readClient(field, exchange),
    ...readTarget(request),
    subjectTokenType: request?.subject_token_type ?? defaultTokenType,
    requestedTokenType: request?.requested_token_type ?? undefined,
    ttlSeconds: exchange.cache?.ttl ?? defaultTtlSeconds,
  };
}

function readClient(field: string, client: KongClient): TokenClient {
  const secret = client.client_auth === 'private_key_jwt' ? 'client_jwk' : 'client_secret';
  if (client[secret] === undefined || client[secret] === null) {
    throw new ConfigError(`${field}.${secret}`, `is needed for ${client.client_auth}`);
  }
  return {
    endpoint: secureUrl(`${field}.token_endpoint`, client.token_endpoint),
    id: client.client_id,
    method: client.client_auth,
    secret: client.client_secret ?? '',
    jwk: client.client_jwk ?? '',
    assertionAudience: client.client_assertion_audience ?? client.token_endpoint,
  };
}

function readTarget(
  target: Partial<{
    readonly scopes: readonly string[];
    readonly audience: readonly string[];
    readonly resource: string | undefined;
  }> = {},
): TokenTarget {
  return {
    scopes: list(target.scopes),
    audience: list(target.audience),
    resource: target.resource ?? undefined,
  };
}

/** Loopback needs no entry: what is configured to be there is meant. */
function readOutbound(auth: KongAuth): OutboundOptions {
  const endpoints = [auth.client_credentials, auth.token_exchange].flatMap((one) =>
    one ? [new URL(one.token_endpoint)] : [],
  );
  const local = endpoints.some(isLoopback) ? ['loopback'] : [];
  return {
    allow: [...list(auth.allow_private_addresses), ...local],
    sslVerify: auth.ssl_verify,
    caCertificates: auth.ca_certificates ?? undefined,
    httpProxy: auth.http_proxy ?? undefined,
    httpsProxy: auth.https_proxy ?? undefined,
    noProxy: auth.no_proxy ?? undefined,
  };
}

/** Kong may hand on an empty list as null or as an empty object. */
function list(value: readonly string[] | null | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

/**
 * The private key for assertions.
 * @throws ConfigError naming the field, never the key
 */
export function readJwk(field: string, text: string): JWK & { readonly alg: string } {
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch {
    throw new ConfigError(field, 'is not JSON');
  }
  const { alg, kty } = (jwk ?? {}) as JWK;
  if (typeof kty !== 'string' || typeof alg !== 'string') {
    throw new ConfigError(field, 'needs a private JSON Web Key with `kty` and `alg`');
  }
  return { ...(jwk as JWK), alg };
}
