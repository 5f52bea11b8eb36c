import * as oauth from 'oauth4webapi';
import { atDemoLogin, browse } from './headless-browser.js';
import type { FillForm } from './headless-browser.js';

// The gateway under test listens on loopback without TLS.
const insecure = { [oauth.allowInsecureRequests]: true } as const;
const redirectUri = 'http://127.0.0.1:9/callback';

/**
 * Logs in as a strict client does, with every check of oauth4webapi: the issuer in the metadata (RFC
 * 8414 §3.3), `iss` of the authorization response (RFC 9207), PKCE, state, the form of each answer.
 * @param person who signs in; default: somebody at the demo's page
 */
export async function strictLogin(
  resource: string,
  scope: string,
  person: FillForm = atDemoLogin({ account: 'alice' }),
): Promise<string> {
  const issuer = new URL(resource);
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  const server = await oauth.processDiscoveryResponse(issuer, found);
  const metadata = { redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' };
  const registered = await oauth.dynamicClientRegistrationRequest(server, metadata, insecure);
  const client = await oauth.processDynamicClientRegistrationResponse(registered);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(server.authorization_endpoint ?? '');
  const asked = {
    client_id: client.client_id,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    redirect_uri: redirectUri,
    resource,
    response_type: 'code',
    scope,
    state,
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  const answer = await browse(url, redirectUri, person);
  const checked = oauth.validateAuthResponse(server, client, answer, state);
  const reply = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    checked,
    redirectUri,
    verifier,
    { additionalParameters: { resource }, ...insecure },
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, reply);
  return tokens.access_token;
}
