/** Tickets of one sender that come after each other share an entry. */
const perEntry = 16;
/** What an entry takes, about, and a sender beside its entries. */
const entryBytes = 48;
const senderBytes = 512;

type Generation = Map<string, Map<number, number>>;

/**
 * Remembers which tickets were redeemed, for as long as they would open. Beyond its bytes it takes no
 * more: a ticket of which it cannot be said that it is new counts as used.
 */
export class UsedTickets {
  readonly #bytes: number;
  readonly #ms: number;
  readonly #now: () => number;
  #young: Generation = new Map();
  #old: Generation = new Map();
  #youngBytes = 0;
  #oldBytes = 0;
  #turnedAt: number;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param ms how long each is remembered at least
   * @param now a clock that never goes back, in milliseconds
   */
  constructor(bytes: number, ms: number, now: () => number = () => performance.now()) {
    this.#bytes = bytes;
    this.#ms = ms;
    this.#now = now;
    this.#turnedAt = now();
  }

  /** Bytes held, about. */
  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  /**
   * @param count which of the sender's tickets it is
   * @returns `new` once for each
   */
  take(sender: string, count: number): 'new' | 'used' | 'full' {
    if (this.#now() - this.#turnedAt >= this.#ms) this.turn();
    const entry = Math.floor(count / perEntry);
    const bit = 1 << (count % perEntry);
    if ((this.#old.get(sender)?.get(entry) ?? 0) & bit) return 'used';
    let entries = this.#young.get(sender);
    const mask = entries?.get(entry);
    if (mask !== undefined && mask & bit) return 'used';
    const cost = (entries === undefined ? senderBytes : 0) + (mask === undefined ? entryBytes : 0);
    if (cost > 0 && this.bytes + cost > this.#bytes) return 'full';
    if (entries === undefined) this.#young.set(sender, (entries = new Map<number, number>()));
    entries.set(entry, (mask ?? 0) | bit);
    this.#youngBytes += cost;
    this.#timer ??= setInterval(() => this.#tick(), this.#ms).unref();
    return 'new';
  }

  /** Forgets the older generation. */
  turn(): void {
    this.#old = this.#young;
    this.#oldBytes = this.#youngBytes;
    this.#young = new Map();
    this.#youngBytes = 0;
    this.#turnedAt = this.#now();
  }

  #tick(): void {
    if (this.#now() - this.#turnedAt >= this.#ms) this.turn();
    if (this.bytes > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
