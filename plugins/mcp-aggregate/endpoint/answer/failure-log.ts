import { log } from '../../../../lib/log.js';
import type { HeaderRecord } from '../../../../lib/http/single-header.js';
import { readRequestId } from '../../../../lib/tracing/trace-context.js';
import type { Account } from '../requests/account.js';
import type { Ticket } from '../requests/ticket.js';

const failures: ReadonlySet<string> = new Set([
  'upstream_unavailable',
  'upstream_timeout',
  'upstream_protocol',
  'upstream_too_large',
  'circuit_open',
  'overloaded',
  'internal',
]);
/** Lines in one second; a server that is down fails every call, and a count then says enough. */
const mostLines = 20;

let second = 0;
let lines = 0;
let unsaid = 0;

/** One line for a call that failed on the way, by the id that Kong's own logs have for it. */
export function logFailure(ticket: Ticket, account: Account, headers: HeaderRecord): void {
  if (!failures.has(account.outcome)) return;
  const now = Math.floor(performance.now() / 1000);
  if (now !== second) {
    second = now;
    lines = 0;
  }
  lines += 1;
  if (lines > mostLines) {
    unsaid += 1;
    return;
  }
  const { server, tool, outcome } = account;
  log('warn', 'call_failed', {
    endpoint: ticket.config.endpoint,
    code: outcome,
    ...(server === '' ? {} : { server }),
    ...(tool === '' ? {} : { tool }),
    request_id: readRequestId(headers),
    ...(unsaid === 0 ? {} : { unsaid }),
  });
  unsaid = 0;
}
