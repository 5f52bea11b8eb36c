import {
  anonymousIdentity,
  authorizationContextKey,
  principalKey,
} from '../../../lib/identity/identity.js';
import type { Identity } from '../../../lib/identity/identity.js';
import type {
  AuthConfig,
  TokenClient,
} from '../../../plugins/mcp-aggregate/config/servers/auth-config.js';
import type { ServerConfig } from '../../../plugins/mcp-aggregate/config/config.js';
import type { Call } from '../../../plugins/mcp-aggregate/core/calls/call.js';
import type { Upstream } from '../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { createUpstream } from '../../../plugins/mcp-aggregate/upstream/create-upstream.js';
import { startTokenEndpoint } from '../oauth/token-endpoint.js';
import type { TokenEndpoint } from '../oauth/token-endpoint.js';
import { startHttpFixture } from './http-fixture.js';
import type { Arrived, FixtureOptions, HttpFixture } from './http-fixture.js';
import { quickTuning, serverConfig, testCall } from './under-test.js';

const target = { scopes: [], audience: [], resource: undefined };
const outbound = { allow: ['loopback'], sslVerify: true };

/** An MCP server, the token endpoint it trusts, and a clock. */
export class CredentialsRig {
  readonly server: HttpFixture;
  readonly as: TokenEndpoint;
  /** Milliseconds; tests turn it on. */
  now = 1_800_000_000_000;
  #upstream: Upstream | undefined;

  constructor(server: HttpFixture, as: TokenEndpoint) {
    this.server = server;
    this.as = as;
  }

  static async start(options?: FixtureOptions): Promise<CredentialsRig> {
    return new CredentialsRig(await startHttpFixture(options), await startTokenEndpoint());
  }

  async close(): Promise<void> {
    await this.#upstream?.close();
    await Promise.all([this.server.close(), this.as.close()]);
  }

  own(more: object = {}): AuthConfig {
    const clientCredentials = { ...this.#client(), ...target, ...more };
    return { clientCredentials, tokenExchange: undefined, outbound };
  }

  exchange(more: object = {}): AuthConfig {
    const tokenExchange = {
      ...this.#client(),
      ...target,
      audience: ['up'],
      subjectTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      requestedTokenType: undefined,
      ttlSeconds: 300,
      ...more,
    };
    return { clientCredentials: { ...this.#client(), ...target }, tokenExchange, outbound };
  }

  open(auth: AuthConfig, more: Partial<ServerConfig> = {}): Upstream {
    const config = serverConfig({ target: this.server.url, auth, ...more });
    this.#upstream = createUpstream(config, {
      stdioEntry: () => {
        throw new Error('no stdio here');
      },
      env: {},
      tuning: quickTuning,
      now: () => this.now,
    });
    return this.#upstream;
  }

  /** A caller that came with an access token. */
  caller(more: Partial<Identity> = {}): Identity {
    const claims = { sub: 'alice', iat: 1 };
    const expiresAt = this.now / 1000 + 600;
    const base = { ...anonymousIdentity, issuer: 'https://as', subject: 'alice', clientId: 'c' };
    return { ...base, claims, token: 'client-token-1', expiresAt, ...more };
  }

  call(more: Partial<Identity> = {}): Call {
    return callAs(this.caller(more));
  }

  #client(): TokenClient {
    return {
      endpoint: new URL(this.as.url),
      id: 'gate way',
      method: 'client_secret_basic',
      secret: 's:ecret',
      jwk: '',
      assertionAudience: this.as.url,
    };
  }
}

export function callAs(identity: Identity): Call {
  const principal = principalKey(identity);
  const authorizationContext = authorizationContextKey(identity);
  return { ...testCall({ name: 't' }), caller: { identity, principal, authorizationContext } };
}

/** The Authorization headers of requests. */
export function sent(arrived: readonly Arrived[]): (string | undefined)[] {
  return arrived.map(({ headers }) => headers.authorization);
}

export function listTools(upstream: Upstream) {
  return upstream.list('tool', new AbortController().signal);
}
