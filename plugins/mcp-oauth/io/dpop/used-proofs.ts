import type { Limit } from '../../../../lib/held/limits.js';

/** One use of a proof. */
export interface ProofUse {
  /** Whose share it takes: `userKey` of the caller. */
  readonly owner: string;
  /** What tells the proof from all others, 16 bytes as latin1. */
  readonly proof: string;
  /** Until when the proof would be taken, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/**
 * `first` once for each proof. What cannot be said to be new is refused: beyond the caller's share
 * (`too_many`), beyond the whole, or where nobody answers (`unavailable`).
 */
export type FirstUse = 'first' | 'used' | 'too_many' | 'unavailable';

/** Remembers used proofs, here or elsewhere, until they end (RFC 9449 section 11.1). */
export interface UsedProofs {
  take(use: ProofUse): FirstUse | Promise<FirstUse>;
}

/** What a proof takes in memory, about, and what is kept for a caller and for each of its spans. */
const proofBytes = 96;
const ownerBytes = 512;
const spanBytes = 256;
/** Proofs that end in the same span are forgotten together, at its end. */
const spanMs = 60_000;

interface Owned {
  /** Proofs by the span in which they end. */
  readonly spans: Map<number, Set<string>>;
  bytes: number;
}

/**
 * Those of this process, bounded in bytes. A caller may take an eighth of what is free, so that
 * others find room whoever is greedy.
 */
export class OwnUsedProofs implements UsedProofs {
  readonly #limit: Limit;
  readonly #now: () => number;
  readonly #byOwner = new Map<string, Owned>();
  #bytes = 0;
  /** The earliest span that is held. */
  #span = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now clock in milliseconds since the epoch */
  constructor(limit: Limit, now: () => number = Date.now) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Bytes held, about. */
  get bytes(): number {
    return this.#bytes;
  }

  take({ owner, proof, endsAt }: ProofUse): FirstUse {
    if (this.#spanOf(this.#now()) > this.#span) this.forget();
    const owned = this.#byOwner.get(owner);
    if (owned !== undefined && isHeld(owned, proof)) return 'used';
    const span = this.#spanOf(endsAt);
    // It has ended while it was looked at: nothing holds it any more.
    if (span < this.#span) return 'used';
    const isNewSpan = owned?.spans.has(span) !== true;
    const cost = proofBytes + (isNewSpan ? spanBytes : 0) + (owned ? 0 : ownerBytes);
    const share = Math.min(this.#limit.ofOne, (this.#limit.bytes - this.#bytes) / 8);
    if ((owned?.bytes ?? 0) + cost > share) return owned ? 'too_many' : 'unavailable';
    this.#add(owned ?? this.#open(owner), span, proof, cost);
    return 'first';
  }

  /** Forgets what has ended. */
  forget(): void {
    this.#span = Math.max(this.#span, this.#spanOf(this.#now()));
    for (const [owner, owned] of this.#byOwner) {
      for (const [span, proofs] of owned.spans) {
        if (span >= this.#span) continue;
        owned.spans.delete(span);
        owned.bytes -= spanBytes + proofs.size * proofBytes;
        this.#bytes -= spanBytes + proofs.size * proofBytes;
      }
      if (owned.spans.size > 0) continue;
      this.#byOwner.delete(owner);
      this.#bytes -= owned.bytes;
    }
  }

  #open(owner: string): Owned {
    const owned: Owned = { spans: new Map(), bytes: 0 };
    this.#byOwner.set(owner, owned);
    return owned;
  }

  #add(owned: Owned, span: number, proof: string, cost: number): void {
    const proofs = owned.spans.get(span);
    if (proofs === undefined) owned.spans.set(span, new Set([proof]));
    else proofs.add(proof);
    owned.bytes += cost;
    this.#bytes += cost;
    this.#timer ??= setInterval(() => this.#tick(), spanMs).unref();
  }

  #tick(): void {
    this.forget();
    if (this.#byOwner.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #spanOf(ms: number): number {
    return Math.floor(ms / spanMs);
  }
}

function isHeld({ spans }: Owned, proof: string): boolean {
  for (const proofs of spans.values()) if (proofs.has(proof)) return true;
  return false;
}
