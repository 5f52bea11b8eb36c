import { LRUCache } from 'lru-cache';
import type { Line, Party } from './link.js';

export interface LineTableOptions<L> {
  /** Lines kept, and as many again that are held. */
  readonly most: number;
  /** A line unused for so long is given up, in milliseconds. */
  readonly idleMs: number;
  /** Told of each line that is given up because it is idle or one too many. */
  readonly onGivenUp: (line: L) => void;
}

/**
 * The lines of a link by party. Lines that are held, since the server is to say something on them at
 * any time, are neither idle nor one too many.
 */
export class LineTable<L extends Line> {
  readonly #most: number;
  readonly #onGivenUp: (line: L) => void;
  readonly #kept: LRUCache<string, L>;
  /** By key that is held; undefined while it has no line. */
  readonly #held = new Map<string, L | undefined>();
  /** Whom a held key is for, where that is known. */
  readonly #owners = new Map<string, string>();
  /** The same of the others. */
  readonly #keptOwners = new Map<string, string>();

  constructor({ most, idleMs, onGivenUp }: LineTableOptions<L>) {
    this.#most = most;
    this.#onGivenUp = onGivenUp;
    this.#kept = new LRUCache({
      max: most,
      ttl: idleMs,
      ttlAutopurge: true,
      updateAgeOnGet: true,
      dispose: (line, key, reason) => {
        if (reason !== 'set') this.#keptOwners.delete(key);
        if (reason !== 'delete') onGivenUp(line);
      },
    });
  }

  get(key: string): L | undefined {
    return this.#held.get(key) ?? this.#kept.get(key);
  }

  /**
   * Keeps a line. Of one owner no more than a quarter are: whose sessions are more loses the one that
   * was used least lately, and nobody else's.
   * @param party `listens`: the line is never idle
   */
  set(key: string, line: L, { listens, owner }: Pick<Party, 'listens' | 'owner'> = {}): void {
    if (this.#held.has(key)) return void this.#held.set(key, line);
    if (owner !== undefined) {
      this.#makeRoom(owner);
      this.#keptOwners.set(key, owner);
    }
    this.#kept.set(key, line, listens === true ? { ttl: 0 } : {});
  }

  /**
   * Holds the line of this key, whichever it is; false where too many are held, or more than a
   * quarter of those for one owner.
   */
  hold(key: string, owner?: string): boolean {
    if (this.#held.has(key)) return true;
    if (this.#held.size >= this.#most || this.#hasMany(owner)) return false;
    if (owner !== undefined) this.#owners.set(key, owner);
    this.#held.set(key, this.#kept.peek(key));
    this.#kept.delete(key);
    return true;
  }

  /** Its line is one among others again. */
  release(key: string): void {
    const line = this.#held.get(key);
    this.#letGo(key);
    if (line) this.#kept.set(key, line);
  }

  /** Takes out this very line; false where it is not there. */
  remove(key: string, line: Line): boolean {
    if (this.#held.get(key) === line) {
      this.#held.set(key, undefined);
      return true;
    }
    return this.#kept.peek(key) === line && this.#kept.delete(key);
  }

  /** The lines whose key matches. */
  find(matches: (key: string) => boolean): L[] {
    const all = [...this.#held, ...this.#kept.entries()];
    return all.flatMap(([key, line]) => (line && matches(key) ? [line] : []));
  }

  /** Takes out the lines whose key matches, held ones too, and answers them. */
  take(matches: (key: string) => boolean): L[] {
    const taken: L[] = [];
    for (const [key, line] of [...this.#held, ...this.#kept.entries()]) {
      if (!matches(key)) continue;
      this.#letGo(key);
      this.#kept.delete(key);
      if (line) taken.push(line);
    }
    return taken;
  }

  #letGo(key: string): void {
    this.#held.delete(key);
    this.#owners.delete(key);
  }

  #hasMany(owner: string | undefined): boolean {
    return owner !== undefined && this.#isFull(this.#owners, owner);
  }

  #isFull(owners: ReadonlyMap<string, string>, owner: string): boolean {
    let own = 0;
    for (const other of owners.values()) if (other === owner) own++;
    return own >= Math.ceil(this.#most / 4);
  }

  #makeRoom(owner: string): void {
    if (!this.#isFull(this.#keptOwners, owner)) return;
    for (const key of this.#kept.rkeys()) {
      if (this.#keptOwners.get(key) !== owner) continue;
      const line = this.#kept.peek(key);
      this.#kept.delete(key);
      if (line) this.#onGivenUp(line);
      return;
    }
  }
}
