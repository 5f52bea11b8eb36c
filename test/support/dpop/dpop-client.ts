import * as oauth from 'oauth4webapi';
import { atDemoLogin, browse } from '../authorization-server/headless-browser.js';

const insecure = { [oauth.allowInsecureRequests]: true } as const;
const redirectUri = 'http://127.0.0.1:9/callback';

/** A client that has logged in, with a token bound to a key of its own. */
export interface DpopClient {
  readonly token: string;
  readonly tokenType: string;
  /** What the resource says of itself. */
  readonly resource: oauth.ResourceServer;
  /** A request with a proof; one that is told to use a nonce is sent again with it. */
  send(
    method: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
    /** In place of its own. */
    token?: string,
  ): Promise<Response>;
}

const usual = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** Finds out all from the address of the endpoint, registers, signs `account` in by a browser. */
export async function dpopLogin(endpoint: string, account: string): Promise<DpopClient> {
  const url = new URL(endpoint);
  const described = await oauth.resourceDiscoveryRequest(url, insecure);
  const resource = await oauth.processResourceDiscoveryResponse(url, described);
  const server = await authorizationServer(new URL(resource.authorization_servers?.[0] ?? ''));
  const client = await register(server);
  const keys = await oauth.generateKeyPair('ES256');
  const proofs = oauth.DPoP(client, keys);
  const verifier = oauth.generateRandomCodeVerifier();
  const asked = new URL(server.authorization_endpoint ?? '');
  const parameters = {
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'mcp:tools',
    resource: endpoint,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    dpop_jkt: await proofs.calculateThumbprint(),
  };
  for (const [name, value] of Object.entries(parameters)) asked.searchParams.set(name, value);
  const answer = await browse(asked, redirectUri, atDemoLogin({ account }));
  const code = oauth.validateAuthResponse(server, client, answer, oauth.skipStateCheck);
  const authentication = oauth.None();
  const granted = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    code,
    redirectUri,
    verifier,
    { DPoP: proofs, additionalParameters: { resource: endpoint }, ...insecure },
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, granted);
  return {
    token: tokens.access_token,
    tokenType: tokens.token_type,
    resource,
    send: async (method, body, headers = {}, token = tokens.access_token) => {
      const request = () => {
        const all = new Headers({ ...usual, ...headers });
        const options = { DPoP: proofs, ...insecure };
        return oauth.protectedResourceRequest(token, method, url, all, body, options);
      };
      try {
        return await request();
      } catch (error) {
        if (!oauth.isDPoPNonceError(error)) throw error;
        return request();
      }
    },
  };
}

async function authorizationServer(issuer: URL): Promise<oauth.AuthorizationServer> {
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  return oauth.processDiscoveryResponse(issuer, found);
}

async function register(server: oauth.AuthorizationServer): Promise<oauth.Client> {
  const metadata = {
    client_name: 'a client with a key',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    dpop_bound_access_tokens: true,
  };
  const answer = await oauth.dynamicClientRegistrationRequest(server, metadata, insecure);
  return oauth.processDynamicClientRegistrationResponse(answer);
}
