import type { OAuthDiscoveryState } from '@modelcontextprotocol/sdk/client/auth.js';
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import { callback, leaveFor, storage } from './window.js';

/** What a client in a browser keeps in its storage while the page is away at the login. */
export class StoredProvider {
  readonly redirectUrl = callback();

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: 'client in a browser',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  state(): string {
    const state = storage.getItem('state') ?? crypto.randomUUID();
    storage.setItem('state', state);
    return state;
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return read<OAuthClientInformationMixed>('client');
  }

  saveClientInformation(client: OAuthClientInformationMixed): void {
    write('client', client);
  }

  tokens(): OAuthTokens | undefined {
    return read<OAuthTokens>('tokens');
  }

  saveTokens(tokens: OAuthTokens): void {
    write('tokens', tokens);
  }

  saveCodeVerifier(verifier: string): void {
    write('verifier', verifier);
  }

  codeVerifier(): string {
    return read<string>('verifier') ?? '';
  }

  /** What the answer of the login is held against. */
  saveDiscoveryState(discovered: OAuthDiscoveryState): void {
    write('discovered', discovered);
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return read<OAuthDiscoveryState>('discovered');
  }

  redirectToAuthorization(url: URL): void {
    leaveFor(url);
  }
}

function read<T>(name: string): T | undefined {
  const text = storage.getItem(name);
  return text === null ? undefined : (JSON.parse(text) as T);
}

function write(name: string, value: unknown): void {
  storage.setItem(name, JSON.stringify(value));
}
