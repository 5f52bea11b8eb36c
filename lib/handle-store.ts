import { randomBytes, timingSafeEqual } from 'node:crypto';
import { McpError } from './errors.js';

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
  /** Most handles held at once; default 100,000. */
  readonly capacity?: number;
  /**
   * Makes room by dropping the oldest handle, for a direction in which many are never redeemed
   * (a native plugin may end the request); else a full store refuses.
   */
  readonly dropOldest?: boolean;
  /** Clock in milliseconds. */
  readonly now?: () => number;
}

/**
 * Records of this process, passed between its parts by a random, single-use, short-lived handle.
 * A handle is `id.secret`: the id finds the entry, the secret is compared in constant time.
 */
export class HandleStore<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #lifetimeMs: number;
  readonly #capacity: number;
  readonly #dropOldest: boolean;
  readonly #now: () => number;

  constructor(options: HandleStoreOptions = {}) {
    this.#lifetimeMs = options.lifetimeMs ?? 120_000;
    this.#capacity = options.capacity ?? 100_000;
    this.#dropOldest = options.dropOldest ?? false;
    this.#now = options.now ?? Date.now;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Keeps `record` and answers its handle: 256 random bits, safe in a header.
   * @throws McpError `overloaded` when the store is full of unexpired handles.
   */
  mint(direction: HandleDirection, record: T): string {
    this.#dropExpired();
    if (this.#entries.size >= this.#capacity) {
      const [oldest] = this.#entries.keys();
      if (!this.#dropOldest || oldest === undefined) {
        throw new McpError('overloaded', 'too many requests are under way');
      }
      this.#entries.delete(oldest);
    }
    const random = randomBytes(32);
    const id = random.toString('base64url', 0, 16);
    const secret = random.subarray(16);
    const expiresAt = this.#now() + this.#lifetimeMs;
    this.#entries.set(id, { secret, direction, expiresAt, record });
    return `${id}.${secret.toString('base64url')}`;
  }

  /** Takes the record out; undefined for a forged, used, expired or misdirected handle. */
  redeem(direction: HandleDirection, handle: string): T | undefined {
    const [id, secret, rest] = handle.split('.');
    if (id === undefined || secret === undefined || rest !== undefined) return undefined;
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const offered = Buffer.from(secret, 'base64url');
    if (offered.length !== entry.secret.length || !timingSafeEqual(offered, entry.secret)) {
      return undefined;
    }
    this.#entries.delete(id);
    if (entry.direction !== direction || entry.expiresAt <= this.#now()) return undefined;
    return entry.record;
  }

  /** Insertion order is expiry order, so the oldest entries come first. */
  #dropExpired(): void {
    const now = this.#now();
    for (const [id, entry] of this.#entries) {
      if (entry.expiresAt > now) return;
      this.#entries.delete(id);
    }
  }
}
