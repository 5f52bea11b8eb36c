import { LRUCache } from 'lru-cache';
import { held } from '../../../../lib/held/limits.js';
import { authorizationContextKey, identityBytes } from '../../../../lib/identity/identity.js';
import type { Identity } from '../../../../lib/identity/identity.js';
import type { ClientAuthentication } from '../../../../lib/outbound/client-authentication.js';
import type { SpanContext } from '../../../../lib/tracing/tracing.js';
import type { AuthConfig } from '../../config/servers/auth-config.js';
import type { CallerContext } from '../../core/calls/call.js';
import type { TokenDeps } from './client-credentials.js';
import { clientAuthentication, NoToken, requestToken, targetForm } from './token-request.js';
import type { TokenSource } from './token-source.js';
import { TokenStore } from './token-store.js';

type ExchangeConfig = NonNullable<AuthConfig['tokenExchange']>;

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** Callers known at once; their sessions at the server are fewer. */
const maxCallers = 10_000;
const callerIdleMs = 3_600_000;
/** Claims that differ between two tokens for the same authorization. */
const passing = new Set(['exp', 'iat', 'nbf', 'jti', 'auth_time']);

/** Callers' tokens, each exchanged for one that is meant for the server (RFC 8693). */
export class ExchangedTokens implements TokenSource {
  readonly #config: ExchangeConfig;
  readonly #client: ClientAuthentication;
  readonly #deps: TokenDeps;
  readonly #store: TokenStore;
  /** The newest identity of each context: its token is the one to exchange. */
  readonly #callers = new LRUCache<string, Identity>({
    max: maxCallers,
    maxSize: held.exchangedTokens.bytes,
    sizeCalculation: identityBytes,
    ttl: callerIdleMs,
  });
  readonly #contexts = new WeakMap<Identity, string>();

  /** @throws ConfigError for secrets that are missing or malformed */
  constructor(field: string, config: ExchangeConfig, deps: TokenDeps) {
    this.#config = config;
    this.#client = clientAuthentication(field, config);
    this.#deps = deps;
    const { ttlSeconds: defaultSeconds } = config;
    const { now, onGivenUp: onRefused } = deps;
    this.#store = new TokenStore({ now, max: maxCallers, defaultSeconds, onRefused });
  }

  /**
   * The context of a caller; remembers its token. Two tokens of one caller share a context when they
   * differ in nothing but their times: a renewed token goes on with the session of the old one.
   */
  contextOf({ identity }: CallerContext): string {
    let context = this.#contexts.get(identity);
    if (context === undefined) {
      context = authorizationContextKey(identity, lastingClaims(identity));
      this.#contexts.set(identity, context);
    }
    this.#callers.set(context, identity);
    return context;
  }

  known(context: string): string | undefined {
    return this.#store.known(context);
  }

  leftMs(context: string): number {
    return this.#store.leftMs(context);
  }

  async token(context: string, parent?: SpanContext): Promise<string> {
    const { token, endsAt } = this.#subject(context);
    return this.#store.get(context, () => this.#exchange(token, parent), endsAt);
  }

  async renew(context: string, refused: string, parent?: SpanContext): Promise<string | undefined> {
    const { token, endsAt } = this.#subject(context);
    const obtain = () => this.#exchange(token, parent);
    return this.#store.renew(context, refused, obtain, endsAt);
  }

  /** @throws NoToken for a caller that came without an access token */
  #subject(context: string): { readonly token: string; readonly endsAt: number } {
    const { token, expiresAt } = this.#callers.get(context) ?? {};
    if (token === undefined) {
      throw new NoToken(
        'its callers need an access token to exchange: call through mcp-oauth, not with a key or anonymously',
      );
    }
    return { token, endsAt: expiresAt === undefined ? Infinity : expiresAt * 1000 };
  }

  #exchange(subject: string, parent: SpanContext | undefined) {
    const { endpoint, subjectTokenType, requestedTokenType } = this.#config;
    const form: [string, string][] = [
      ['grant_type', grantType],
      ['subject_token', subject],
      ['subject_token_type', subjectTokenType],
      ...targetForm(this.#config),
    ];
    if (requestedTokenType !== undefined) form.push(['requested_token_type', requestedTokenType]);
    const signal = AbortSignal.timeout(this.#deps.timeoutMs);
    return requestToken(this.#deps, endpoint, this.#client, form, signal, parent);
  }
}

function lastingClaims({ claims }: Identity): string {
  const lasting = Object.entries(claims).filter(([name]) => !passing.has(name));
  lasting.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(lasting);
}
