import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { log } from '../../../lib/log.js';
import type { Fetch } from '../../../lib/outbound/outbound-fetch.js';
import type { KeySource } from '../core/token/token-config.js';
import { discoverKeySet, metadataUrls } from './discover-issuer.js';
import { fetchJson } from './fetch-json.js';
import { countKeyLoad } from './figures.js';
import { IssuerUnavailable } from './issuer-unavailable.js';
import { Outage } from './outage.js';

const maxKeys = 256;

export interface KeySetOptions {
  readonly issuer: string;
  readonly source: Exclude<KeySource, { kind: 'inline' }>;
  /** How long fetched keys, and a discovered address, are used. */
  readonly keyTtlMs: number;
  /** Deadline of one load, discovery included. */
  readonly timeoutMs: number;
  readonly fetch: Fetch;
  /** Clock in milliseconds. */
  readonly now: () => number;
  /** Least time between a failed load and the next; default 1,000. */
  readonly retryMs?: number;
}

/** Fetched keys and when that was. */
export interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly at: number;
}

/** Fetches the keys of one issuer, one load at a time. */
export class KeySetLoader {
  readonly #options: KeySetOptions;
  readonly #outage: Outage;
  #discovered: { readonly url: URL; readonly at: number } | undefined;
  #loading: Promise<KeySet> | undefined;

  constructor(options: KeySetOptions) {
    this.#options = options;
    this.#outage = new Outage(options.now, options.retryMs ?? 1000, 1);
  }

  /** Whether the last load failed. */
  get failing(): boolean {
    return this.#outage.failing;
  }

  /** Whether a load is under way. */
  get busy(): boolean {
    return this.#loading !== undefined;
  }

  /**
   * The keys as they are now at the issuer; who asks meanwhile gets the same answer.
   * @throws IssuerUnavailable, at once where a load has just failed
   */
  load(): Promise<KeySet> {
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #load(): Promise<KeySet> {
    if (this.#outage.pausing) throw new IssuerUnavailable('a load has just failed');
    const { fetch, now, issuer, timeoutMs } = this.#options;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const document = await fetchJson(await this.#address(signal), fetch, {
        signal,
        purpose: 'keys',
      });
      const find = createLocalJWKSet(keySet(document));
      this.#outage.succeeded();
      countKeyLoad('ok');
      return { find, at: now() };
    } catch (error) {
      this.#outage.failed();
      countKeyLoad('failed');
      this.#discovered = undefined;
      const reason = error instanceof IssuerUnavailable ? error.message : 'unexpected failure';
      log('warn', 'issuer_keys_unavailable', { issuer, reason });
      throw error instanceof IssuerUnavailable
        ? error
        : new IssuerUnavailable(reason, { cause: error });
    }
  }

  async #address(signal: AbortSignal): Promise<URL> {
    const { issuer, source, keyTtlMs, fetch, now } = this.#options;
    if (source.kind === 'endpoint') return source.url;
    if (this.#discovered === undefined || now() - this.#discovered.at >= keyTtlMs) {
      const places = source.url === undefined ? metadataUrls(issuer) : [source.url];
      this.#discovered = { url: await discoverKeySet(issuer, places, fetch, signal), at: now() };
    }
    return this.#discovered.url;
  }
}

function keySet(document: unknown): JSONWebKeySet {
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || !keys.every((key) => key !== null && typeof key === 'object')) {
    throw new IssuerUnavailable('the key set has no list of keys');
  }
  if (keys.length > maxKeys) throw new IssuerUnavailable('the key set has too many keys');
  return { keys: keys as JSONWebKeySet['keys'] };
}
