import { randomBytes } from 'node:crypto';
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import { atDemoLogin, browse } from './headless-browser.js';
import type { FillForm } from './headless-browser.js';

/**
 * The SDK's own OAuth flow (401 → metadata → registration → PKCE → token) with a person who types
 * a name into the sign-in page. `code` is what the last sign-in gave: hand it to the transport's
 * `finishAuth`, or use `login`.
 */
export class HeadlessOAuthProvider implements OAuthClientProvider {
  readonly redirectUrl = 'http://127.0.0.1:9/callback';
  readonly account: string;
  readonly #fill: FillForm;
  code: string | undefined;
  /** All that the last sign-in came back with. */
  answer = new URLSearchParams();
  /** The authorization requests made, for assertions. */
  readonly requests: URL[] = [];
  #client: OAuthClientInformationMixed | undefined;
  #tokens: OAuthTokens | undefined;
  #verifier = '';
  readonly #state = randomBytes(16).toString('base64url');

  constructor(account = 'alice', fill: FillForm = atDemoLogin({ account })) {
    this.account = account;
    this.#fill = fill;
  }

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: 'headless test client',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  state(): string {
    return this.#state;
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#client;
  }

  saveClientInformation(client: OAuthClientInformationMixed): void {
    this.#client = client;
  }

  tokens(): OAuthTokens | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    this.requests.push(url);
    const answer = await browse(url, this.redirectUrl, this.#fill);
    if (answer.get('state') !== this.#state) throw new Error('the state came back changed');
    this.answer = answer;
    this.code = answer.get('code') ?? undefined;
  }
}

/** Logs `provider` in for the protected MCP endpoint, from its metadata to its token. */
export async function login(provider: HeadlessOAuthProvider, endpoint: string): Promise<string> {
  const first = await auth(provider, { serverUrl: endpoint });
  if (first === 'REDIRECT') {
    if (provider.code === undefined) throw new Error('the sign-in gave no code');
    await auth(provider, { serverUrl: endpoint, authorizationCode: provider.code });
  }
  const token = provider.tokens()?.access_token;
  if (token === undefined) throw new Error('the login gave no token');
  return token;
}
