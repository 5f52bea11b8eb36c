import type { ServerConfig } from '../../config/config.js';
import type { UpstreamTuning } from '../upstream-deps.js';
import { McpError } from '../../../../lib/errors/errors.js';
import type { FairShare } from '../../../../lib/flow/fair-share.js';
import type { CallScope } from './call-scope.js';

/** Who calls, and what there is room for. */
export interface SeatOptions {
  readonly server: string;
  /** Absent where calls need no connection of their own. */
  readonly seats: FairShare | undefined;
  readonly holder: string;
  readonly mostMs: number;
}

/**
 * Takes one of the connections of a server for a call, at once or when there is one for this holder;
 * no longer than `mostMs` and the scope last. That is no failure of the server: nothing was sent.
 * @param then is called once, with `overloaded` or the scope's reason where there is none
 * @returns what gives it back, or ends the waiting
 */
export function takeSeat(
  { server, seats, holder, mostMs }: SeatOptions,
  scope: CallScope,
  then: (error?: McpError) => void,
): () => void {
  if (seats === undefined) {
    then();
    return nothing;
  }
  let isSeated = seats.take(holder);
  let stop = nothing;
  if (isSeated) then();
  else {
    const end = (error?: McpError) => {
      stop();
      isSeated = error === undefined;
      then(error);
    };
    const leave = seats.wait(holder, () => end());
    const timer = setTimeout(() => end(noSeat(server, seats.heldBy(holder))), mostMs);
    const remove = scope.onEnd(end);
    stop = () => {
      stop = nothing;
      clearTimeout(timer);
      leave();
      remove();
    };
  }
  return () => {
    stop();
    if (isSeated) seats.give(holder);
    isSeated = false;
  };
}

function noSeat(server: string, held: number): McpError {
  const message = `server ${server} has no connection free for this caller, of whom ${held} calls are under way`;
  return new McpError('overloaded', message, { server, under_way: held });
}

function nothing(): void {}

/**
 * Calls that a server may have under way: each that waits for somebody's answer holds a connection
 * meanwhile.
 */
export function seatsAt(
  { trusted }: Pick<ServerConfig, 'trusted'>,
  tuning: Pick<UpstreamTuning, 'maxSessions' | 'maxConnections'>,
): number {
  return trusted ? tuning.maxSessions : tuning.maxConnections;
}
