/** Which hop a handle is for; a handle of one direction is worthless in another (design D5). */
export type HandleDirection = 'oauth' | 'aggregator' | 'internal';

export interface HandleEntry<T> {
  readonly secret: Buffer;
  readonly direction: HandleDirection;
  readonly expiresAt: number;
  readonly record: T;
  /** What it counts for. */
  readonly bytes: number;
}

/** The handles of one owner, in two generations. */
export class HandleGroup<T> {
  readonly owner: string;
  /** Names the group within a handle. */
  readonly name: string;
  #young = new Map<string, HandleEntry<T>>();
  #old = new Map<string, HandleEntry<T>>();
  #youngBytes = 0;
  #oldBytes = 0;

  constructor(owner: string, name: string) {
    this.owner = owner;
    this.name = name;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  /** Of the younger generation. */
  get youngBytes(): number {
    return this.#youngBytes;
  }

  add(id: string, entry: HandleEntry<T>): void {
    this.#young.set(id, entry);
    this.#youngBytes += entry.bytes;
  }

  get(id: string): HandleEntry<T> | undefined {
    return this.#young.get(id) ?? this.#old.get(id);
  }

  remove(id: string, { bytes }: HandleEntry<T>): void {
    if (this.#young.delete(id)) this.#youngBytes -= bytes;
    else if (this.#old.delete(id)) this.#oldBytes -= bytes;
  }

  /** Drops the older generation; answers its bytes. */
  turn(): number {
    const dropped = this.#oldBytes;
    this.#old = this.#young;
    this.#oldBytes = this.#youngBytes;
    this.#young = new Map();
    this.#youngBytes = 0;
    return dropped;
  }
}
