import type { AuthConfig } from '../../config/servers/auth-config.js';
import type { ClientAuthentication } from '../../../../lib/outbound/client-authentication.js';
import type { SpanContext } from '../../../../lib/tracing/tracing.js';
import type { Fetch } from '../../../../lib/outbound/outbound-fetch.js';
import { clientAuthentication, requestToken, targetForm } from './token-request.js';
import type { TokenSource } from './token-source.js';
import { TokenStore } from './token-store.js';

export interface TokenDeps {
  readonly fetch: Fetch;
  /** Clock in milliseconds. */
  readonly now: () => number;
  /** How long an authorization server may take. */
  readonly timeoutMs: number;
  /** Told when a token that the server has refused is given up: that of a context, or of all. */
  readonly onGivenUp?: (context?: string) => void;
}

const defaultSeconds = 300;
const key = 'own';

/** The gateway's own tokens for one server (RFC 6749 §4.4), the same for every caller. */
export class OwnTokens implements TokenSource {
  readonly #config: NonNullable<AuthConfig['clientCredentials']>;
  readonly #client: ClientAuthentication;
  readonly #deps: TokenDeps;
  readonly #store: TokenStore;

  /** @throws ConfigError for secrets that are missing or malformed */
  constructor(
    field: string,
    config: NonNullable<AuthConfig['clientCredentials']>,
    deps: TokenDeps,
  ) {
    this.#config = config;
    this.#client = clientAuthentication(field, config);
    this.#deps = deps;
    const onRefused = () => deps.onGivenUp?.();
    this.#store = new TokenStore({ now: deps.now, max: 1, defaultSeconds, onRefused });
  }

  known(): string | undefined {
    return this.#store.known(key);
  }

  leftMs(): number {
    return this.#store.leftMs(key);
  }

  token(_context?: string, parent?: SpanContext): Promise<string> {
    return this.#store.get(key, () => this.#obtain(parent));
  }

  renew(_context: string, refused: string, parent?: SpanContext): Promise<string | undefined> {
    return this.#store.renew(key, refused, () => this.#obtain(parent));
  }

  #obtain(parent: SpanContext | undefined) {
    const grant: [string, string] = ['grant_type', 'client_credentials'];
    const form = [grant, ...targetForm(this.#config)];
    const signal = AbortSignal.timeout(this.#deps.timeoutMs);
    return requestToken(this.#deps, this.#config.endpoint, this.#client, form, signal, parent);
  }
}
