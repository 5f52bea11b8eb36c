import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose';
import type { JWK, JWTPayload } from 'jose';
import type { ClientMetadata, KoaContextWithOIDC } from 'oidc-provider';
import { InvalidGrant } from 'oidc-provider/lib/helpers/errors.js';
import { Provider } from 'oidc-provider/lib/provider.js';
import { newSigningKey } from '../../../kong/demo/login/authorization-server.js';
import { providerConfiguration } from '../../../kong/demo/login/provider-configuration.js';

export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';

export interface ExchangingServer {
  readonly issuer: string;
  /** Private key that signs its tokens. */
  readonly key: JWK;
  /** The claims of a token of its own. @throws for any other */
  claimsOf(token: string): Promise<JWTPayload>;
  /** Subject tokens presented so far. */
  readonly presented: string[];
  /** Every token given out by exchange. */
  readonly exchanged: string[];
  close(): Promise<void>;
}

export interface ExchangingOptions {
  readonly resources: readonly string[];
  readonly clients: readonly ClientMetadata[];
}

/** A gateway that may exchange tokens and do nothing else. */
export const exchangingClient = (secret: string): ClientMetadata => ({
  redirect_uris: [],
  response_types: [],
  scope: 'mcp:tools',
  client_id: 'gateway',
  client_secret: secret,
  grant_types: [exchangeGrant],
});

/** oidc-provider with `client_credentials` and, as a grant of its own, RFC 8693 token exchange. */
export async function startExchangingServer(options: ExchangingOptions): Promise<ExchangingServer> {
  const key = await newSigningKey();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const configuration = providerConfiguration({
    resources: options.resources,
    scopes: ['mcp:tools'],
    clients: [],
    accessTokenSeconds: 300,
    accessTokenFormat: 'jwt',
    signingKey: key,
  });
  const provider = new Provider(issuer, { ...configuration, clients: [...options.clients] });
  const presented: string[] = [];
  const exchanged: string[] = [];
  provider.registerGrantType(
    exchangeGrant,
    async (context: KoaContextWithOIDC) => {
      const parameters = context.oidc.params as Record<string, string>;
      presented.push(parameters['subject_token'] ?? '');
      const { sub, scope, client_id } = await verifySubject(issuer, key, parameters);
      const act = { sub: context.oidc.client!.clientId };
      const token = await new SignJWT({ act, scope, client_id })
        .setProtectedHeader({ alg: 'ES256', kid: key.kid ?? '', typ: 'at+jwt' })
        .setIssuer(issuer)
        .setSubject(sub!)
        .setAudience(parameters['audience'] ?? '')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(await importJWK(key, 'ES256'));
      exchanged.push(token);
      context.body = {
        access_token: token,
        issued_token_type: accessToken,
        token_type: 'Bearer',
        expires_in: 300,
      };
    },
    ['subject_token', 'subject_token_type', 'audience', 'scope', 'requested_token_type'],
  );
  const serve = provider.callback();
  server.on('request', (request, response) => void serve(request, response));
  return {
    issuer,
    key,
    claimsOf: (token) => claimsOf(issuer, key, token),
    presented,
    exchanged,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function claimsOf(issuer: string, key: JWK, token: string): Promise<JWTPayload> {
  const { d: _private, ...publicKey } = key;
  const keys = createLocalJWKSet({ keys: [publicKey] });
  return (await jwtVerify(token, keys, { issuer })).payload;
}

/** The claims of a token of ours; a token for `forbidden` may not be exchanged. */
async function verifySubject(
  issuer: string,
  key: JWK,
  parameters: Readonly<Record<string, string>>,
): Promise<JWTPayload> {
  if (parameters['subject_token_type'] !== accessToken) throw new InvalidGrant('secret reason');
  const payload = await claimsOf(issuer, key, parameters['subject_token'] ?? '');
  if (payload.sub === undefined || payload.sub === 'forbidden') {
    throw new InvalidGrant('secret reason');
  }
  return payload;
}

/** A key pair for `private_key_jwt`: the public half for the client's metadata. */
export async function clientKey(): Promise<{ readonly jwk: string; readonly publicKey: JWK }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const named = { alg: 'ES256', use: 'sig', kid: 'gateway-1' };
  return {
    jwk: JSON.stringify({ ...(await exportJWK(privateKey)), ...named }),
    publicKey: { ...(await exportJWK(publicKey)), ...named },
  };
}
