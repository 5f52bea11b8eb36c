import { userKey } from '../../../../lib/identity/identity.js';
import type { Identity } from '../../../../lib/identity/identity.js';
import { tokenDigest } from '../../../../lib/shared-state/revocations.js';
import type { Revoked } from '../../../../lib/shared-state/revocations.js';
import type { SharedState } from '../../../../lib/shared-state/shared-state.js';
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
  const { identity } = ticket.caller;
  const age = isRevoked(identity, runtime.shared) ? 0 : ticket.config.maxStreamAgeMs;
  const timer = setTimeout(end, Math.min(age, lifetimeOf(identity))).unref();
  const unwatch = runtime.watch(end);
  const unhear = sharedStates.revoked.add((revoked) => {
    if (isOf(revoked, identity)) end();
  });
  writer.onClose(() => {
    clearTimeout(timer);
    unwatch();
    unhear();
  });
}

/** It may have been revoked since the request was let in, by a process that had not heard of it. */
function isRevoked(identity: Identity, shared: SharedState | undefined): boolean {
  if (shared === undefined || shared.revocations.size === 0) return false;
  const { revocations } = shared;
  const digest = digestOf(identity);
  if (digest !== undefined && revocations.hasToken(digest)) return true;
  // What does not say when it was issued is refused before, or is no token: then its session says so.
  const { iat } = identity.claims;
  return typeof iat === 'number' && revocations.hasUser(userKey(identity), iat);
}

function isOf(revoked: Revoked, identity: Identity): boolean {
  if (revoked.kind === 'user') return revoked.user === userKey(identity);
  return digestOf(identity) === revoked.digest;
}

function digestOf({ token, tokenDigest: named }: Identity): string | undefined {
  return named ?? (token === undefined ? undefined : tokenDigest(token));
}
