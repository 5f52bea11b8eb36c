import { userKey } from '../../../../lib/identity/identity.js';
import type { Siblings } from '../../../../lib/workers/siblings.js';
import type { CallerContext } from '../../core/calls/call.js';
import type { Upstream } from '../../core/calls/upstream-port.js';
import type { DirectWay } from '../../core/direct/direct-way.js';
import { LeaseBook } from './lease-book.js';
import type { LeaseName } from './lease-book.js';
import { LeaseGuest } from './lease-guest.js';
import { LeaseHost } from './lease-host.js';
import type { LeaseHostParts } from './lease-host.js';
import { leaseTopic } from './lease-messages.js';

export interface LeasesParts extends LeaseHostParts {
  readonly siblings: Siblings;
}

/**
 * Direct calls in sessions that another worker of the node keeps: that one lends what it has at the
 * server for some seconds at a time (docs/direct.md).
 */
export class Leases {
  readonly #siblings: Siblings;
  readonly #book = new LeaseBook();
  readonly #host: LeaseHost;
  /** By the slot of the keeper. */
  readonly #guests = new Map<number, LeaseGuest>();

  constructor(parts: LeasesParts) {
    this.#siblings = parts.siblings;
    this.#host = new LeaseHost(parts);
    parts.siblings.onConnect(leaseTopic, (stream) => void this.#host.serve(stream));
  }

  /** Sessions that this worker lends to others now. */
  get lent(): number {
    return this.#host.size;
  }

  /**
   * How Kong can send a call in a session that another worker keeps, at once; undefined where it has
   * to go the usual way. A lease is asked for meanwhile.
   * @param tool the server's own name, where it is a tool that is called
   */
  way(
    name: Omit<LeaseName, 'context'>,
    upstream: Upstream,
    caller: CallerContext,
    tool: string | undefined,
  ): DirectWay | undefined {
    const { loans } = upstream;
    if (loans === undefined) return undefined;
    const context = upstream.contextOf(caller);
    const { keeper, config, server, conversation } = name;
    const whole = { keeper, config, server, context, conversation };
    const { lent, ask } = this.#book.use(whole, userKey(caller.identity));
    if (ask !== undefined) {
      this.#guestOf(keeper).ask({ n: ask, config, server, context, conversation });
    }
    return lent && loans.by(lent, tool);
  }

  /** Nothing that others have lent of a conversation is used here any more. */
  drop(conversation: string): void {
    this.#book.drop(conversation);
  }

  /** Takes back what was lent of a conversation. Resolves when no other worker uses it any more. */
  recall(conversation: string): Promise<void> {
    return this.#host.recall(conversation);
  }

  #guestOf(keeper: number): LeaseGuest {
    let guest = this.#guests.get(keeper);
    if (guest === undefined) {
      const connect = () => this.#siblings.connect(keeper, leaseTopic, {});
      guest = new LeaseGuest(keeper, connect, this.#book);
      this.#guests.set(keeper, guest);
    }
    return guest;
  }
}
