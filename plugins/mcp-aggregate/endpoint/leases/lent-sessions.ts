import type { Recall } from '../../core/direct/session-loans.js';
import type { Upstream } from '../../core/calls/upstream-port.js';
import type { Borrower } from './borrower.js';

/** One session at a server that another worker may use. */
export interface Lending {
  readonly borrower: Borrower;
  /** Its ask. */
  readonly n: number;
  readonly upstream: Upstream;
  readonly context: string;
  readonly conversation: string;
  /** When it ends by itself, by `performance.now()`. */
  readonly endsAt: number;
}

/** What this worker has lent to others and not taken back, with the ways to find it. */
export class LentSessions {
  readonly #most: number;
  readonly #byConversation = new Map<string, Set<Lending>>();
  readonly #byUpstream = new Map<Upstream, Set<Lending>>();
  /** In the order in which they were lent. */
  readonly #all = new Set<Lending>();

  /** @param most held at once */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Whether one more may be lent, once what is over is forgotten. */
  hasRoom(): boolean {
    this.sweep();
    return this.#all.size < this.#most;
  }

  add(lending: Lending): void {
    this.#all.add(lending);
    setOf(this.#byConversation, lending.conversation).add(lending);
    setOf(this.#byUpstream, lending.upstream).add(lending);
  }

  /** Takes back what was lent of a conversation. */
  takeOf(conversation: string): readonly Lending[] {
    return this.#take([...(this.#byConversation.get(conversation) ?? [])]);
  }

  /** Takes back what was lent of a server, and is meant. */
  takeFrom(upstream: Upstream, { conversation, context }: Recall): readonly Lending[] {
    const within =
      conversation === undefined
        ? this.#byUpstream.get(upstream)
        : this.#byConversation.get(conversation);
    const isMeant = (one: Lending) =>
      one.upstream === upstream && (context === undefined || one.context === context);
    return this.#take([...(within ?? [])].filter(isMeant));
  }

  /** A worker has gone: nothing is lent to it. */
  forget(borrower: Borrower): void {
    this.#take([...this.#all].filter((one) => one.borrower === borrower));
  }

  /** Forgets what is over; what was lent for less than others stays until the ones before it are. */
  sweep(): void {
    const now = performance.now();
    for (const lending of this.#all) {
      if (lending.endsAt > now) return;
      this.#take([lending]);
    }
  }

  #take(taken: readonly Lending[]): readonly Lending[] {
    for (const lending of taken) {
      this.#all.delete(lending);
      removeFrom(this.#byConversation, lending.conversation, lending);
      removeFrom(this.#byUpstream, lending.upstream, lending);
    }
    return taken;
  }
}

function setOf<K>(sets: Map<K, Set<Lending>>, key: K): Set<Lending> {
  const known = sets.get(key) ?? new Set();
  sets.set(key, known);
  return known;
}

function removeFrom<K>(sets: Map<K, Set<Lending>>, key: K, lending: Lending): void {
  const known = sets.get(key);
  known?.delete(lending);
  if (known?.size === 0) sets.delete(key);
}
