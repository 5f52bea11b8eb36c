import type { HandleDirection } from '../handle-group.js';
import { held } from '../../held/limits.js';
import { TicketSealer } from './ticket-sealer.js';
import { UsedTickets } from './used-tickets.js';

/** Why a sealed ticket is refused. */
export type TicketFault =
  /** No sealing key of this process has sealed it. */
  | 'foreign_key'
  /** Altered, meant for another direction or place, or no ticket at all. */
  | 'forged'
  /** Too old, by this process's clock. */
  | 'stale'
  /** Sealed later than now by more than clocks may differ. */
  | 'future'
  /** It was redeemed before. */
  | 'used'
  /** There is no room to remember that it was. */
  | 'full';

export type Redeemed =
  | { readonly kind: 'redeemed'; readonly payload: string; readonly beside: string }
  | {
      readonly kind: 'refused';
      readonly fault: TicketFault;
      /** How old it is by this process's clock, in milliseconds, where that is why. */
      readonly age?: number;
    };

/** By how much the clock of another node may be ahead, in milliseconds. */
export const mostAhead = 30_000;

/** How long tickets of a direction live, in milliseconds: as handles within one process. */
const lives: Readonly<Record<HandleDirection, number>> = {
  oauth: held.callerHandles.ms,
  aggregator: held.tickets.ms,
  internal: held.internalHandles.ms,
};

/**
 * Tickets between processes, each good for seconds and once at the process that redeems it. Nothing is
 * kept where they are sealed; where they are redeemed, which ones were.
 */
export class SealedTickets {
  /** Tickets refused so far. */
  readonly refused: Record<HandleDirection, number> = { oauth: 0, aggregator: 0, internal: 0 };
  readonly #sealer: TicketSealer;
  readonly #now: () => number;
  readonly #used: Readonly<Record<HandleDirection, UsedTickets>>;

  /**
   * @param secrets sealing keys: the first one seals, all open
   * @param now clock in milliseconds since the epoch
   */
  constructor(secrets: readonly Buffer[], now: () => number = Date.now) {
    this.#sealer = new TicketSealer(secrets);
    this.#now = now;
    const used = (direction: HandleDirection) =>
      new UsedTickets(held.usedTickets.bytes, lives[direction] + mostAhead);
    this.#used = {
      oauth: used('oauth'),
      aggregator: used('aggregator'),
      internal: used('internal'),
    };
  }

  /**
   * @param binding where it counts
   * @param beside base64url text that is bound to it
   */
  mint(direction: HandleDirection, binding: string, payload: string, beside = ''): string {
    return this.#sealer.seal(direction, binding, payload, beside, this.#now());
  }

  /** What it says, the first time. */
  redeem(direction: HandleDirection, binding: string, text: string): Redeemed {
    const redeemed = this.#redeem(direction, binding, text);
    if (redeemed.kind === 'refused') this.refused[direction] += 1;
    return redeemed;
  }

  #redeem(direction: HandleDirection, binding: string, text: string): Redeemed {
    const opened = this.#sealer.open(direction, binding, text);
    if (typeof opened === 'string') return { kind: 'refused', fault: opened };
    const { payload, beside, sealedAt, sender, count } = opened;
    const age = this.#now() - sealedAt;
    if (age > lives[direction]) return { kind: 'refused', fault: 'stale', age };
    if (age < -mostAhead) return { kind: 'refused', fault: 'future', age };
    const taken = this.#used[direction].take(sender, count);
    if (taken !== 'new') return { kind: 'refused', fault: taken };
    return { kind: 'redeemed', payload, beside };
  }
}
