import { timingSafeEqual } from 'node:crypto';
import { HandleGroup } from './handle-group.js';
import type { HandleDirection, HandleEntry } from './handle-group.js';
import { entryBytes } from '../held/limits.js';
import type { Limit } from '../held/limits.js';
import { RandomPool } from './random-pool.js';

export interface HandleStoreOptions extends Limit {
  /** Clock in milliseconds. */
  readonly now?: () => number;
}

/**
 * Records of this process, passed between its parts by a random, single-use, short-lived handle.
 * A handle is `group.id.secret`: group and id find the entry, the secret is compared in constant
 * time.
 *
 * Many handles are never redeemed, since a native plugin may end the request, so the store drops old
 * ones by itself, in bytes and in time: of one owner those beyond a share, of all those beyond the
 * whole. Each owner has two generations of which the older one is dropped whole: removing entries
 * one by one makes a large Map slow, on the path of every request.
 */
export class HandleStore<T> {
  readonly #options: HandleStoreOptions;
  readonly #byOwner = new Map<string, HandleGroup<T>>();
  readonly #byName = new Map<string, HandleGroup<T>>();
  readonly #random = new RandomPool();
  #bytes = 0;
  #groups = 0;
  #refused = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HandleStoreOptions) {
    this.#options = options;
  }

  /** Handles refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /** Handles held, expired ones that were not dropped yet among them. */
  get size(): number {
    let size = 0;
    for (const group of this.#byOwner.values()) size += group.size;
    return size;
  }

  /** Bytes held, as they are counted: those of each record and 1 KiB. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Whether the owner's handles take less than a quarter of its share, and all less than half of the
   * whole: else records had better be small.
   */
  hasRoom(owner: string): boolean {
    const { bytes, ofOne } = this.#options;
    return this.#bytes < bytes / 2 && (this.#byOwner.get(owner)?.bytes ?? 0) < ofOne / 4;
  }

  /**
   * Keeps `record` and answers its handle: 256 random bits, safe in a header. At least the newest
   * half of an owner's share is kept, whatever others mint, as long as the whole has room for it.
   * @param owner whose share it counts for
   * @param bytes what the record takes that is not kept elsewhere as well
   */
  mint(direction: HandleDirection, record: T, owner = '', bytes = 0): string {
    const now = this.#now();
    const cost = entryBytes + bytes;
    while (this.#bytes > 0 && this.#bytes + cost > this.#options.bytes) this.sweep();
    const group = this.#byOwner.get(owner) ?? this.#open(owner);
    if (group.youngBytes + cost > this.#options.ofOne / 2) this.#bytes -= group.turn();
    const random = this.#random.take(32);
    const id = random.toString('base64url', 0, 16);
    const secret = random.subarray(16);
    group.add(id, { secret, direction, expiresAt: now + this.#options.ms, record, bytes: cost });
    this.#bytes += cost;
    this.#timer ??= setInterval(() => this.#tick(), this.#options.ms).unref();
    return `${group.name}.${id}.${secret.toString('base64url')}`;
  }

  /** Takes the record out; undefined for a forged, used, expired or misdirected handle. */
  redeem(direction: HandleDirection, handle: string): T | undefined {
    const record = this.#take(direction, handle);
    if (record === undefined) this.#refused += 1;
    return record;
  }

  /** Drops the older generation of every owner: what has expired is gone after two. */
  sweep(): void {
    for (const group of [...this.#byOwner.values()]) {
      this.#bytes -= group.turn();
      if (group.size > 0) continue;
      this.#byOwner.delete(group.owner);
      this.#byName.delete(group.name);
    }
  }

  #tick(): void {
    this.sweep();
    if (this.#byOwner.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #take(direction: HandleDirection, handle: string): T | undefined {
    const [name, id, secret, rest] = handle.split('.');
    if (name === undefined || id === undefined || secret === undefined || rest !== undefined) {
      return undefined;
    }
    const group = this.#byName.get(name);
    const entry = group?.get(id);
    if (group === undefined || entry === undefined) return undefined;
    const offered = Buffer.from(secret, 'base64url');
    if (offered.length !== entry.secret.length || !timingSafeEqual(offered, entry.secret)) {
      return undefined;
    }
    group.remove(id, entry);
    this.#bytes -= entry.bytes;
    return this.#opens(direction, entry) ? entry.record : undefined;
  }

  #opens(direction: HandleDirection, entry: HandleEntry<T>): boolean {
    return entry.direction === direction && entry.expiresAt > this.#now();
  }

  #open(owner: string): HandleGroup<T> {
    // An owner without handles costs something as well, until the next sweep.
    if (this.#byOwner.size >= this.#options.bytes / entryBytes) this.sweep();
    const group = new HandleGroup<T>(owner, (this.#groups += 1).toString(36));
    this.#byOwner.set(owner, group);
    this.#byName.set(group.name, group);
    return group;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}
