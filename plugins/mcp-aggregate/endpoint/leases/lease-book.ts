import { ByteCounts } from '../../../../lib/held/byte-counts.js';
import { entryBytes, held } from '../../../../lib/held/limits.js';
import type { LentSession } from '../../core/direct/direct-way.js';

/** What a lease is for: the session that a server has for one conversation, which a worker keeps. */
export interface LeaseName {
  /** Slot of the worker that keeps it. */
  readonly keeper: number;
  /** Hash of the endpoint's configuration. */
  readonly config: string;
  readonly server: string;
  readonly context: string;
  readonly conversation: string;
}

/** What the keeper answers to an ask: a lease for so many milliseconds, or none. */
export type LeaseAnswer = (LentSession & { readonly ms: number }) | undefined;

export interface LeaseBookOptions {
  readonly bytes: number;
  /** Of one caller. */
  readonly ofOne: number;
  /** How long a lease lasts at most, in milliseconds. */
  readonly ms: number;
}

/** What is found of a lease, and the number under which one is to be asked for now. */
export interface Found {
  readonly lent: LentSession | undefined;
  readonly ask: number | undefined;
}

interface Lease extends LentSession {
  readonly number: number;
  readonly renewFrom: number;
  readonly endsAt: number;
  readonly bytes: number;
}

interface Entry {
  readonly name: LeaseName;
  readonly key: string;
  readonly owner: string;
  readonly bytes: number;
  lease: Lease | undefined;
  asked: { readonly number: number; readonly at: number } | undefined;
  /** Until then nothing is asked: the keeper had nothing to lend. */
  quietUntil: number;
  timer: NodeJS.Timeout | undefined;
}

/** A keeper that takes longer than this to answer is asked again by whoever comes. */
const answerMs = 5_000;
/** A keeper that has nothing to lend is asked no more often. */
const quietMs = 250;
const none: Found = { lent: undefined, ask: undefined };

/**
 * Leases of sessions at servers that other workers keep. A lease counts from when it was asked for, so
 * it ends here before it does at its keeper, and is gone from memory then. Whoever uses one in its
 * second half asks for the next; nobody waits.
 */
export class LeaseBook {
  readonly #options: LeaseBookOptions;
  readonly #bytes = new ByteCounts();
  /** By conversation, then by all else that names one. */
  readonly #entries = new Map<string, Map<string, Entry>>();
  /** By number, those asked for and those that hold. */
  readonly #numbers = new Map<number, Entry>();
  #last = 0;

  constructor(options: Partial<LeaseBookOptions> = {}) {
    this.#options = { ...held.sessionLeases, ...options };
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes.all;
  }

  /**
   * What there is for a call. Where `ask` is answered, the keeper has to be asked under that number, and
   * `take` told of its answer, or of none.
   * @param owner whose share it counts for
   */
  use(name: LeaseName, owner: string): Found {
    const key = keyOf(name);
    const known = this.#entries.get(name.conversation)?.get(key);
    const now = performance.now();
    const lent = known?.lease !== undefined && now < known.lease.endsAt ? known.lease : undefined;
    const isDue = lent === undefined || now >= lent.renewFrom;
    const mayAsk = known === undefined || (known.asked === undefined && now >= known.quietUntil);
    if (!isDue || !mayAsk) return lent === undefined ? none : { lent, ask: undefined };
    const entry = known ?? this.#add(name, key, owner);
    return entry === undefined ? none : { lent, ask: this.#ask(entry, now) };
  }

  /** The answer to an ask; one that nobody waits for any more is no lease. */
  take(number: number, answer: LeaseAnswer): void {
    const entry = this.#numbers.get(number);
    if (entry?.asked?.number !== number) return;
    const { at } = entry.asked;
    entry.asked = undefined;
    this.#numbers.delete(number);
    this.#giveUpLease(entry);
    const lease = answer && this.#leaseOf(entry, number, at, answer);
    if (lease === undefined) entry.quietUntil = performance.now() + quietMs;
    else this.#keepLease(entry, lease);
    this.#settle(entry);
  }

  /** The keeper has taken leases back. */
  recall(numbers: Iterable<number>): void {
    for (const number of numbers) {
      const entry = this.#numbers.get(number);
      if (entry?.lease?.number !== number) continue;
      this.#giveUpLease(entry);
      this.#settle(entry);
    }
  }

  /** Nothing that was lent or asked for in this conversation holds any longer. */
  drop(conversation: string): void {
    for (const entry of [...(this.#entries.get(conversation)?.values() ?? [])]) this.#remove(entry);
  }

  /** The keeper has gone, and all it has lent with it. */
  lost(keeper: number): void {
    for (const entries of [...this.#entries.values()]) {
      for (const entry of [...entries.values()]) {
        if (entry.name.keeper === keeper) this.#remove(entry);
      }
    }
  }

  #add(name: LeaseName, key: string, owner: string): Entry | undefined {
    const bytes = entryBytes + key.length + name.conversation.length;
    if (!this.#fits(owner, bytes)) return undefined;
    this.#bytes.add(owner, bytes);
    const unset = { lease: undefined, asked: undefined, quietUntil: 0, timer: undefined };
    const entry: Entry = { name, key, owner, bytes, ...unset };
    const siblings = this.#entries.get(name.conversation) ?? new Map<string, Entry>();
    this.#entries.set(name.conversation, siblings.set(key, entry));
    return entry;
  }

  #ask(entry: Entry, now: number): number {
    const number = ++this.#last;
    entry.asked = { number, at: now };
    this.#numbers.set(number, entry);
    this.#settle(entry);
    return number;
  }

  #leaseOf(
    { owner }: Entry,
    number: number,
    askedAt: number,
    { headers, offered, ms: given }: NonNullable<LeaseAnswer>,
  ): Lease | undefined {
    const ms = Math.min(given, this.#options.ms);
    const endsAt = askedAt + ms;
    const bytes = sizeOf({ headers, offered });
    if (endsAt <= performance.now() || !this.#fits(owner, bytes)) return undefined;
    return { headers, offered, number, renewFrom: askedAt + ms / 2, endsAt, bytes };
  }

  #keepLease(entry: Entry, lease: Lease): void {
    entry.lease = lease;
    this.#numbers.set(lease.number, entry);
    this.#bytes.add(entry.owner, lease.bytes);
  }

  #giveUpLease(entry: Entry): void {
    if (entry.lease === undefined) return;
    this.#numbers.delete(entry.lease.number);
    this.#bytes.add(entry.owner, -entry.lease.bytes);
    entry.lease = undefined;
  }

  #giveUpAsk(entry: Entry): void {
    if (entry.asked === undefined) return;
    this.#numbers.delete(entry.asked.number);
    entry.asked = undefined;
  }

  /** Gives up what is over by now, and comes back when the next of it is. */
  #settle(entry: Entry): void {
    clearTimeout(entry.timer);
    const now = performance.now();
    if (entry.lease !== undefined && now >= entry.lease.endsAt) this.#giveUpLease(entry);
    if (entry.asked !== undefined && now >= entry.asked.at + answerMs) this.#giveUpAsk(entry);
    const ends = [entry.quietUntil];
    if (entry.lease !== undefined) ends.push(entry.lease.endsAt);
    if (entry.asked !== undefined) ends.push(entry.asked.at + answerMs);
    const left = ends.map((at) => at - now).filter((ms) => ms > 0);
    if (left.length === 0) return this.#remove(entry);
    entry.timer = setTimeout(() => this.#settle(entry), Math.ceil(Math.min(...left))).unref();
  }

  #remove(entry: Entry): void {
    clearTimeout(entry.timer);
    this.#giveUpLease(entry);
    this.#giveUpAsk(entry);
    this.#bytes.add(entry.owner, -entry.bytes);
    const siblings = this.#entries.get(entry.name.conversation);
    siblings?.delete(entry.key);
    if (siblings?.size === 0) this.#entries.delete(entry.name.conversation);
  }

  #fits(owner: string, bytes: number): boolean {
    const { bytes: most, ofOne } = this.#options;
    return this.#bytes.all + bytes <= most && this.#bytes.of(owner) + bytes <= ofOne;
  }
}

function keyOf({ keeper, config, server, context }: LeaseName): string {
  return `${keeper} ${config} ${server} ${context}`;
}

/** Bytes of what is lent. */
export function sizeOf({ headers, offered }: LentSession): number {
  let bytes = 0;
  for (const name in headers) bytes += name.length + headers[name]!.length;
  for (const name of offered) bytes += name.length;
  return bytes;
}
