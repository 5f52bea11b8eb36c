import { timingSafeEqual } from 'node:crypto';
import { RandomPool } from './random-pool.js';

/** Which hop a handle is for; a handle of one direction is worthless in another (design D5). */
export type HandleDirection = 'oauth' | 'aggregator' | 'internal';

interface Entry<T> {
  readonly secret: Buffer;
  readonly direction: HandleDirection;
  readonly expiresAt: number;
  readonly record: T;
}

export interface HandleStoreOptions {
  /** Lifetime in milliseconds; default 120,000, so that a slow upload still arrives. */
  readonly lifetimeMs?: number;
  /** Most handles held at once; default 100,000. Beyond it the older half goes. */
  readonly capacity?: number;
  /** Clock in milliseconds. */
  readonly now?: () => number;
}

/**
 * Records of this process, passed between its parts by a random, single-use, short-lived handle.
 * A handle is `id.secret`: the id finds the entry, the secret is compared in constant time.
 *
 * Many handles are never redeemed, since a native plugin may end the request, so the store drops old
 * ones by itself. It keeps two generations and drops the older one whole: removing entries one by
 * one makes a large Map slow, on the path of every request.
 */
export class HandleStore<T> {
  #young = new Map<string, Entry<T>>();
  #old = new Map<string, Entry<T>>();
  #turnAt: number;
  readonly #random = new RandomPool();
  readonly #lifetimeMs: number;
  readonly #capacity: number;
  readonly #now: () => number;
  #refused = 0;

  constructor(options: HandleStoreOptions = {}) {
    this.#lifetimeMs = options.lifetimeMs ?? 120_000;
    this.#capacity = options.capacity ?? 100_000;
    this.#now = options.now ?? Date.now;
    this.#turnAt = this.#now() + this.#lifetimeMs;
  }

  /** Handles refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /** Handles held, expired ones that were not dropped yet among them. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /**
   * Keeps `record` and answers its handle: 256 random bits, safe in a header. At least the newest
   * half of the capacity is kept, whatever is minted.
   */
  mint(direction: HandleDirection, record: T): string {
    const now = this.#now();
    if (now >= this.#turnAt || this.#young.size >= this.#capacity / 2) this.#turn(now);
    const random = this.#random.take(32);
    const id = random.toString('base64url', 0, 16);
    const secret = random.subarray(16);
    this.#young.set(id, { secret, direction, expiresAt: now + this.#lifetimeMs, record });
    return `${id}.${secret.toString('base64url')}`;
  }

  /** Takes the record out; undefined for a forged, used, expired or misdirected handle. */
  redeem(direction: HandleDirection, handle: string): T | undefined {
    const record = this.#take(direction, handle);
    if (record === undefined) this.#refused += 1;
    return record;
  }

  #take(direction: HandleDirection, handle: string): T | undefined {
    const [id, secret, rest] = handle.split('.');
    if (id === undefined || secret === undefined || rest !== undefined) return undefined;
    const entry = this.#young.get(id) ?? this.#old.get(id);
    if (entry === undefined) return undefined;
    const offered = Buffer.from(secret, 'base64url');
    if (offered.length !== entry.secret.length || !timingSafeEqual(offered, entry.secret)) {
      return undefined;
    }
    if (!this.#young.delete(id)) this.#old.delete(id);
    if (entry.direction !== direction || entry.expiresAt <= this.#now()) return undefined;
    return entry.record;
  }

  #turn(now: number): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#turnAt = now + this.#lifetimeMs;
  }
}
