import { McpError } from '../../errors.js';
import { log } from '../../log.js';
import type { TicketFault } from './sealed-tickets.js';

/** Each fault is logged no more often than this, in milliseconds. */
const logEveryMs = 10_000;
const loggedAt = new Map<string, number>();

/** What operators are told; absent for what nobody but an attacker causes. */
const hints: Partial<Record<TicketFault | 'other_release', string>> = {
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

/**
 * What the request is answered that brought a refused ticket; what operators can mend is logged.
 * @param age of the ticket by this process's clock, in milliseconds
 * @param otherwise what is said of a ticket that was never one of ours
 */
export function ticketError(
  fault: TicketFault | 'other_release',
  age: number | undefined,
  otherwise: string,
): McpError {
  const hint = hints[fault];
  if (hint !== undefined) tell(fault, hint, age);
  switch (fault) {
    case 'future':
      return new McpError('clock_skew', 'the clocks of two nodes of this gateway differ');
    case 'full':
      return new McpError('overloaded', 'too many requests are under way between processes');
    default:
      return new McpError('handle_invalid', otherwise);
  }
}

function tell(fault: string, hint: string, age: number | undefined): void {
  const now = performance.now();
  if (now - (loggedAt.get(fault) ?? -Infinity) < logEveryMs) return;
  loggedAt.set(fault, now);
  const seconds = age === undefined ? {} : { age_seconds: Math.round(age / 1000) };
  log(fault === 'future' ? 'error' : 'warn', 'ticket_refused', { fault, ...seconds, hint });
}
