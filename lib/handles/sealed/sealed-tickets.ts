import type { HandleDirection } from '../handle-group.js';
import { clocksApartMs } from '../clocks-apart.js';
import { held } from '../../held/limits.js';
import { FaultLog } from './ticket-fault.js';
import type { TicketFault } from './ticket-fault.js';
import { TicketSealer } from './ticket-sealer.js';
import { UsedTickets } from './used-tickets.js';

export type Redeemed =
  { readonly kind: 'redeemed'; readonly payload: string; readonly beside: string } | Refused;

export interface Refused {
  readonly kind: 'refused';
  readonly fault: TicketFault;
}

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
  readonly #faults = new FaultLog();
  readonly #used: Readonly<Record<HandleDirection, UsedTickets>>;

  /**
   * @param secrets sealing keys: the first one seals, all open
   * @param now clock in milliseconds since the epoch
   */
  constructor(secrets: readonly Buffer[], now: () => number = Date.now) {
    this.#sealer = new TicketSealer(secrets);
    this.#now = now;
    const used = (direction: HandleDirection) =>
      new UsedTickets(held.usedTickets.bytes, lives[direction] + clocksApartMs);
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
    return typeof redeemed === 'string' ? this.refuse(direction, redeemed) : redeemed;
  }

  /** Counts a ticket that cannot be followed, and tells operators. */
  refuse(direction: HandleDirection, fault: TicketFault, age?: number): Refused {
    this.refused[direction] += 1;
    this.#faults.tell(fault, age);
    return { kind: 'refused', fault };
  }

  #redeem(direction: HandleDirection, binding: string, text: string): Redeemed | TicketFault {
    const opened = this.#sealer.open(direction, binding, text);
    if (typeof opened === 'string') return opened;
    const { payload, beside, sealedAt, sender, count } = opened;
    const age = this.#now() - sealedAt;
    if (age > lives[direction]) return this.refuse(direction, 'stale', age);
    if (age < -clocksApartMs) return this.refuse(direction, 'future', age);
    const taken = this.#used[direction].take(sender, count);
    return taken === 'new' ? { kind: 'redeemed', payload, beside } : taken;
  }
}
