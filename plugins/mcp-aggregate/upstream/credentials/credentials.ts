import { McpError } from '../../../../lib/errors/errors.js';
import { log } from '../../../../lib/log.js';
import { checkOutbound } from '../../../../lib/outbound/check-outbound.js';
import { outboundFetch } from '../../../../lib/outbound/outbound-fetch.js';
import type { Fetch } from '../../../../lib/outbound/outbound-fetch.js';
import type { SpanContext } from '../../../../lib/tracing/tracing.js';
import { hasAuthorization } from '../../config/servers/auth-config.js';
import type { ServerConfig } from '../../config/config.js';
import type { CallerContext } from '../../core/calls/call.js';
import type { UpstreamState } from '../../core/calls/upstream-port.js';
import { unavailable } from '../failure/failures.js';
import { OwnTokens } from './client-credentials.js';
import { ExchangedTokens } from './token-exchange.js';
import { NoToken } from './token-request.js';
import type { TokenSource } from './token-source.js';

export interface CredentialDeps {
  /** In place of real calls. */
  readonly fetch?: Fetch;
  /** Clock in milliseconds. */
  readonly now?: () => number;
  /** As `TokenDeps.onGivenUp`. */
  readonly onGivenUp?: (context?: string) => void;
}

/** A caller's own credential is missing or refused: other callers are not concerned. */
export class CallerRefused extends McpError {
  /** Set where it was the server that refused it. */
  readonly httpStatus: 401 | 403 | undefined;

  constructor(server: string, why: string, status?: 401 | 403) {
    const { code, message, data } = unavailable(server, why, 'ready');
    super(code, message, data);
    this.name = 'CallerRefused';
    this.httpStatus = status;
  }
}

type OnRefused = (context: string) => void;

/** The fetched credentials of one server: the gateway's own, or one per caller. */
export class Credentials {
  readonly #server: string;
  readonly #gatewayContext: string;
  readonly #own: TokenSource | undefined;
  readonly #exchanged: ExchangedTokens | undefined;
  readonly #onRefused = new Set<OnRefused>();
  /** Whether lists are fetched with callers' tokens: the gateway has no credential for them. */
  readonly listsPerCaller: boolean;

  /** @throws ConfigError for secrets that are missing or malformed */
  constructor(server: ServerConfig, gatewayContext: string, deps: CredentialDeps = {}) {
    const { auth } = server;
    const now = deps.now ?? Date.now;
    const field = `servers[${server.name}].auth`;
    const outbound = checkOutbound(`${field}.`, auth?.outbound ?? { allow: [], sslVerify: true });
    const fetch = deps.fetch ?? outboundFetch(outbound);
    if (!outbound.sslVerify) log('warn', 'token_endpoint_not_verified', { server: server.name });
    const timeoutMs = Math.min(server.timeoutMs, maxWaitMs);
    const { onGivenUp = () => {} } = deps;
    const all = { fetch, now, timeoutMs, onGivenUp };
    this.#server = server.name;
    this.#gatewayContext = gatewayContext;
    const { clientCredentials: own, tokenExchange: exchange } = auth ?? {};
    this.#own = own && new OwnTokens(`${field}.client_credentials`, own, all);
    this.#exchanged = exchange && new ExchangedTokens(`${field}.token_exchange`, exchange, all);
    this.listsPerCaller = exchange !== undefined && !own && !hasAuthorization(server.headers);
  }

  /** Whether callers have credentials of their own, so that nothing of one may serve another. */
  get perCaller(): boolean {
    return this.#exchanged !== undefined;
  }

  /** The authorization context of a caller at this server (design D8). */
  contextOf(caller: CallerContext): string {
    return this.#exchanged?.contextOf(caller) ?? caller.authorizationContext;
  }

  /**
   * The token for a context; undefined where only configured headers are sent.
   * @param parent the span of who asks, where that is traced
   * @throws McpError `upstream_unavailable`; as CallerRefused where it concerns this caller only
   */
  async token(context: string, parent?: SpanContext): Promise<string | undefined> {
    const source = this.#sourceFor(context);
    return source && this.#told(context, source.token(context, parent));
  }

  /** As `token`, where that is at hand; false where it has to be fetched. */
  known(context: string): string | undefined | false {
    const source = this.#sourceFor(context);
    return source && (source.known(context) ?? false);
  }

  /** For how long `known` answers the same, in milliseconds. */
  leftMs(context: string): number {
    return this.#sourceFor(context)?.leftMs(context) ?? Infinity;
  }

  /** Another token in place of a refused one. @throws as `token` */
  async renew(context: string, refused: string, parent?: SpanContext): Promise<string | undefined> {
    const source = this.#sourceFor(context);
    return source && this.#told(context, source.renew(context, refused, parent));
  }

  /** Calls `listener` with each context that the server or its authorization server refuses. */
  onRefused(listener: OnRefused): () => void {
    const own: OnRefused = (context) => listener(context);
    this.#onRefused.add(own);
    return () => void this.#onRefused.delete(own);
  }

  /** The server itself refuses a token; answers what its caller is told. */
  refused(context: string, status: 401 | 403): McpError | undefined {
    if (this.#exchanged === undefined || context === this.#gatewayContext) return undefined;
    this.#tellRefused(context);
    return new CallerRefused(
      this.#server,
      `refused the token exchanged for this caller (HTTP ${String(status)})`,
      status,
    );
  }

  #tellRefused(context: string): void {
    for (const listener of [...this.#onRefused]) listener(context);
  }

  #sourceFor(context: string): TokenSource | undefined {
    if (context === this.#gatewayContext) return this.#own;
    return this.#exchanged ?? this.#own;
  }

  async #told<T>(context: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof NoToken)) throw error;
      const own = this.#sourceFor(context) === this.#own;
      const { message: reason, code } = error;
      const grant = own ? 'client_credentials' : 'token_exchange';
      log('warn', 'upstream_token_failed', { server: this.#server, grant, reason, code });
      const state: UpstreamState = 'failing';
      if (own)
        throw unavailable(
          this.#server,
          `cannot be used, there is no token for it: ${reason}`,
          state,
        );
      if (error.refused) this.#tellRefused(context);
      throw new CallerRefused(
        this.#server,
        `cannot be used for this caller, there is no token: ${reason}`,
      );
    }
  }
}

const maxWaitMs = 10_000;

/** @throws ConfigError as the constructor */
export function createCredentials(
  server: ServerConfig,
  gatewayContext: string,
  deps?: CredentialDeps,
): Credentials | undefined {
  return server.auth && new Credentials(server, gatewayContext, deps);
}
