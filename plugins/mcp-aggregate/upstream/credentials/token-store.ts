import { LRUCache } from 'lru-cache';
import { entryBytes, held } from '../../../../lib/held/limits.js';
import { NoToken } from './token-request.js';
import type { GivenToken } from './token-request.js';

export interface TokenStoreOptions {
  /** Clock in milliseconds. */
  readonly now: () => number;
  /** Most tokens held. */
  readonly max: number;
  /** Lifetime in seconds of a token whose answer does not say. */
  readonly defaultSeconds: number;
  /** Told of each key whose token is given up since the server has refused it. */
  readonly onRefused?: ((key: string) => void) | undefined;
}

interface Kept {
  readonly token: string;
  /** When a new one is to be fetched, in milliseconds. */
  readonly freshUntil: number;
}

/** A token is replaced this long before it ends, or when a tenth of a short life is left. */
const earlyMs = 30_000;
/** A failure stands for so long: a server that is down or says no is not asked by every call. */
const failureMs = 1_000;
/** A token refused by the server is replaced no more often than this. */
const renewalMs = 5_000;

/** Tokens by key: fetched once at a time, used until shortly before they end. */
export class TokenStore {
  readonly #options: TokenStoreOptions;
  readonly #tokens: LRUCache<string, Kept>;
  readonly #failures: LRUCache<string, { readonly error: NoToken; readonly until: number }>;
  readonly #renewals: LRUCache<string, number>;
  readonly #flights = new Map<string, Promise<string>>();

  constructor(options: TokenStoreOptions) {
    this.#options = options;
    this.#tokens = new LRUCache({
      max: options.max,
      maxSize: held.exchangedTokens.bytes,
      sizeCalculation: ({ token }) => entryBytes + token.length,
    });
    this.#failures = new LRUCache({ max: options.max });
    this.#renewals = new LRUCache({ max: options.max });
  }

  /** The token of a key where there is one that need not be renewed yet. */
  known(key: string): string | undefined {
    const kept = this.#tokens.get(key);
    return kept !== undefined && this.#options.now() < kept.freshUntil ? kept.token : undefined;
  }

  /** For how long `known` answers this token, in milliseconds; 0 where it answers none. */
  leftMs(key: string): number {
    const { freshUntil = 0 } = this.#tokens.get(key) ?? {};
    return Math.max(0, freshUntil - this.#options.now());
  }

  /**
   * The token of a key.
   * @param obtain fetches a new one
   * @param endsAt a moment, in milliseconds, beyond which it is not used
   * @throws NoToken
   */
  async get(key: string, obtain: () => Promise<GivenToken>, endsAt = Infinity): Promise<string> {
    const now = this.#options.now();
    const kept = this.known(key);
    if (kept !== undefined) return kept;
    const failure = this.#failures.get(key);
    if (failure !== undefined && now < failure.until) throw failure.error;
    let flight = this.#flights.get(key);
    if (flight === undefined) {
      flight = this.#obtain(key, obtain, endsAt).finally(() => this.#flights.delete(key));
      this.#flights.set(key, flight);
    }
    return flight;
  }

  /**
   * Another token in place of one that the server refused; undefined where one was fetched for that
   * reason a moment ago.
   * @throws NoToken
   */
  async renew(
    key: string,
    refused: string,
    obtain: () => Promise<GivenToken>,
    endsAt?: number,
  ): Promise<string | undefined> {
    if (this.#tokens.peek(key)?.token === refused) {
      const now = this.#options.now();
      if (now - (this.#renewals.get(key) ?? -Infinity) < renewalMs) return undefined;
      this.#renewals.set(key, now);
      this.#tokens.delete(key);
      this.#options.onRefused?.(key);
    }
    const token = await this.get(key, obtain, endsAt);
    return token === refused ? undefined : token;
  }

  async #obtain(key: string, obtain: () => Promise<GivenToken>, endsAt: number): Promise<string> {
    try {
      const { token, expiresIn = this.#options.defaultSeconds } = await obtain();
      const now = this.#options.now();
      const lifeMs = Math.min(expiresIn * 1000, endsAt - now);
      const freshUntil = now + lifeMs - Math.min(earlyMs, lifeMs / 10);
      // Also what is over at once stays known, so that its refusal is recognised.
      this.#tokens.set(key, { token, freshUntil });
      this.#failures.delete(key);
      return token;
    } catch (error) {
      if (error instanceof NoToken) {
        this.#failures.set(key, { error, until: this.#options.now() + failureMs });
      }
      throw error;
    }
  }
}
