import { LRUCache } from 'lru-cache';
import { siblings } from '../../workers/siblings.js';
import type { Siblings } from '../../workers/siblings.js';

const topic = 'caller-tickets-taken-up';
/** Workers tell each other no more often of one giver; what was told counts for some times as long. */
const tellEveryMs = 5_000;
const countsMs = 30_000;
const mostGivers = 10_000;

/**
 * Whether anything takes up what a giver of sealed tickets hands over: some worker does, or nobody, as
 * in front of a plain Service. Then tickets had better be small.
 */
export class TakenUp {
  readonly #at = new LRUCache<string, number>({ max: mostGivers });
  readonly #toldAt = new LRUCache<string, number>({ max: mostGivers });
  readonly #now: () => number;
  #heard: Siblings | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A ticket of this giver was redeemed here. */
  redeemed(giver: string): void {
    const now = this.#now();
    this.#at.set(giver, now);
    if (now - (this.#toldAt.get(giver) ?? -Infinity) < tellEveryMs) return;
    this.#toldAt.set(giver, now);
    siblings().tell(topic, giver);
  }

  /** Whether tickets of this giver were redeemed lately, by any worker. */
  lately(giver: string): boolean {
    this.#listen();
    return this.#now() - (this.#at.get(giver) ?? -Infinity) < countsMs;
  }

  #listen(): void {
    const now = siblings();
    if (this.#heard === now) return;
    this.#heard = now;
    now.onTold(topic, (giver) => {
      if (typeof giver === 'string') this.#at.set(giver, this.#now());
    });
  }
}
