import { createRemoteJWKSet, customFetch, errors } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { log } from '../../../lib/log.js';
import { discoverKeySet } from './discover-issuer.js';
import { fetchJson } from './fetch-json.js';
import type { Fetch } from './fetch-json.js';
import { KeysUnavailable } from './keys-unavailable.js';

const maxKeys = 256;

export interface IssuerKeysOptions {
  readonly issuer: string;
  /** Address of the key set; discovered from the issuer where absent. */
  readonly jwksEndpoint: string | undefined;
  /** How long fetched keys are used; at half of it they are fetched again in the background. */
  readonly keyTtlMs: number;
  /** Deadline of one load, discovery included. */
  readonly timeoutMs: number;
  readonly fetch: Fetch;
  /** Clock in milliseconds. */
  readonly now: () => number;
  /** Least time between a load and another one for an unknown key; default 10,000. */
  readonly cooldownMs?: number;
  /** Least time between a failed load and the next; default 1,000. */
  readonly retryMs?: number;
}

/**
 * The keys of one issuer, never mixed with another's. Loads are single-flight. The resolver rejects
 * with jose's JWKSNoMatchingKey or JWKSMultipleMatchingKeys when the keys are at hand and the
 * token's is not among them, and with KeysUnavailable when they cannot be had.
 */
export function issuerKeys(options: IssuerKeysOptions): JWTVerifyGetKey {
  const { keyTtlMs, now } = options;
  const loader = new KeySetLoader(options);
  const remote = createRemoteJWKSet(new URL(options.jwksEndpoint ?? options.issuer), {
    timeoutDuration: options.timeoutMs,
    cooldownDuration: options.cooldownMs ?? 10_000,
    cacheMaxAge: keyTtlMs,
    // jose brings single flight, cache and cooldown; where the keys come from is ours.
    [customFetch]: async (_url, { signal }) => Response.json(await loader.load(signal)),
  });
  const refreshAhead = (): void => {
    if (remote.reloading || now() - loader.loadedAt < keyTtlMs / 2) return;
    remote.reload().catch(() => undefined);
  };
  return async (header, token) => {
    try {
      const key = await remote(header, token);
      refreshAhead();
      return key;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw error;
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      if (error instanceof KeysUnavailable) throw error;
      log('debug', 'issuer_key_unusable', { issuer: options.issuer });
      throw new KeysUnavailable('the key is unusable', { cause: error });
    }
  };
}

class KeySetLoader {
  readonly #options: IssuerKeysOptions;
  #discovered: { readonly url: URL; readonly at: number } | undefined;
  #failedAt = -Infinity;
  loadedAt = -Infinity;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  async load(signal: AbortSignal): Promise<unknown> {
    const { now, issuer, retryMs = 1000 } = this.#options;
    if (now() - this.#failedAt < retryMs) throw new KeysUnavailable('a load has just failed');
    try {
      const keys = keySet(
        await fetchJson(await this.#address(signal), this.#options.fetch, signal),
      );
      this.loadedAt = now();
      return keys;
    } catch (error) {
      this.#failedAt = now();
      this.#discovered = undefined;
      const reason = error instanceof KeysUnavailable ? error.message : 'unexpected failure';
      log('warn', 'issuer_keys_unavailable', { issuer, reason });
      throw error;
    }
  }

  async #address(signal: AbortSignal): Promise<URL> {
    const { issuer, jwksEndpoint, keyTtlMs, fetch, now } = this.#options;
    if (jwksEndpoint !== undefined) return new URL(jwksEndpoint);
    if (this.#discovered === undefined || now() - this.#discovered.at >= keyTtlMs) {
      this.#discovered = { url: await discoverKeySet(issuer, fetch, signal), at: now() };
    }
    return this.#discovered.url;
  }
}

function keySet(document: unknown): unknown {
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || !keys.every((key) => key !== null && typeof key === 'object')) {
    throw new KeysUnavailable('the key set has no list of keys');
  }
  if (keys.length > maxKeys) throw new KeysUnavailable('the key set has too many keys');
  return document;
}
