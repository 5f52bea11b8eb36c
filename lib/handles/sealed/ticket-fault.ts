import { McpError } from '../../errors/errors.js';
import { log } from '../../log.js';

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
  | 'full'
  /** It says what this release does not understand. */
  | 'other_release';

/** Each fault is logged no more often than this, in milliseconds. */
const logEveryMs = 10_000;

/** What operators are told; absent for what nobody but an attacker causes. */
const hints: Partial<Record<TicketFault, string>> = {
  foreign_key:
    'a ticket between two processes was made with another sealing key: set the same KONG_MCP_SEALING_KEY on every node',
  stale:
    'a ticket between two processes came too late: the request was held up on its way, or the clock of the node that made it is behind; keep clocks together (NTP)',
  future:
    'a ticket between two processes is from the future: the clock of the node that made it is ahead of this one’s; keep clocks together (NTP)',
  full: 'too many tickets are remembered as used to tell whether another one is',
  other_release:
    'a ticket is of another release of kong-plugin-mcp: run the same one on every node',
};

/** Tells operators of the faults that they can mend, each now and then. */
export class FaultLog {
  readonly #toldAt = new Map<TicketFault, number>();

  /** @param age of the ticket by this process's clock, in milliseconds */
  tell(fault: TicketFault, age?: number): void {
    const hint = hints[fault];
    const now = performance.now();
    if (hint === undefined || now - (this.#toldAt.get(fault) ?? -Infinity) < logEveryMs) return;
    this.#toldAt.set(fault, now);
    const seconds = age === undefined ? {} : { age_seconds: Math.round(age / 1000) };
    log(fault === 'future' ? 'error' : 'warn', 'ticket_refused', { fault, ...seconds, hint });
  }
}

/**
 * What the request is answered that brought a refused ticket.
 * @param otherwise what is said of a ticket that is none, or no longer
 */
export function ticketError(fault: TicketFault, otherwise: string): McpError {
  switch (fault) {
    case 'future':
      return new McpError('clock_skew', 'the clocks of two nodes of this gateway differ');
    case 'full':
      return new McpError('overloaded', 'too many requests are under way between processes');
    default:
      return new McpError('handle_invalid', otherwise);
  }
}
