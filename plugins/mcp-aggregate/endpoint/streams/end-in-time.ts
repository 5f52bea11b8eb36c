import { userKey } from '../../../../lib/identity.js';
import type { Identity } from '../../../../lib/identity.js';
import { tokenDigest } from '../../../../lib/shared-state/revocations.js';
import type { Revoked } from '../../../../lib/shared-state/revocations.js';
import { sharedStates } from '../../../../lib/shared-state/shared-states.js';
import type { SseWriter } from '../answer/sse-writer.js';
import { lifetimeOf } from '../requests/lifetime.js';
import type { Exchange } from '../requests/exchange.js';

/**
 * Ends a stream that belongs to no call with its caller's credential, also where that is revoked, with
 * the configuration it was opened under, and at `max_stream_age`.
 */
export function endInTime(
  { ticket, runtime }: Pick<Exchange, 'ticket' | 'runtime'>,
  writer: SseWriter,
  end: () => void,
): void {
  const age = ticket.config.maxStreamAgeMs;
  const timer = setTimeout(end, Math.min(age, lifetimeOf(ticket.caller.identity))).unref();
  const unwatch = runtime.watch(end);
  const unhear = sharedStates.revoked.add((revoked) => {
    if (isOf(revoked, ticket.caller.identity)) end();
  });
  writer.onClose(() => {
    clearTimeout(timer);
    unwatch();
    unhear();
  });
}

function isOf(revoked: Revoked, identity: Identity): boolean {
  if (revoked.kind === 'user') return revoked.user === userKey(identity);
  return identity.token !== undefined && tokenDigest(identity.token) === revoked.digest;
}
