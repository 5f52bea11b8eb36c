import { callerHandles } from '../../../lib/handles/handles.js';
import { callerTickets } from '../../../lib/handles/sealed/of-process.js';
import { sharedStates } from '../../../lib/shared-state/shared-states.js';
import { systemClock } from '../io/clock.js';
import { collectEndpoints } from '../io/operations/collect.js';
import type { EndpointPlaces } from '../io/endpoint-places.js';
import * as figures from '../io/operations/figures.js';
import type { Runtimes } from '../io/runtimes/runtimes.js';
import { endpointsStatus, Readiness } from '../io/operations/status.js';
import { toolDetails } from '../io/operations/tool-details.js';
import type { DetailsAsked } from '../io/operations/tool-details.js';
import type { Asks } from './questions/asks.js';
import type { Leases } from './leases/leases.js';
import type { Peers } from './peers/peers.js';
import type { OpenStreams } from './listening/open-streams.js';
import type { Sessions } from './sessions/sessions.js';
import type { Channels } from './streams/channels.js';
import type { Tickets } from './requests/tickets.js';

export interface OperationsParts {
  readonly tickets: Pick<Tickets, 'refused'>;
  readonly sessions: Sessions;
  readonly runtimes: Runtimes;
  readonly places: EndpointPlaces;
  readonly asks: Asks;
  readonly openStreams: OpenStreams;
  readonly channels: Channels;
  readonly leases: Pick<Leases, 'lent'>;
  readonly peers: Pick<Peers, 'seen'>;
}

/** What operators see of a running aggregator. */
export class Operations {
  readonly #parts: OperationsParts;
  readonly #readiness: Readiness;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
    this.#readiness = new Readiness(parts.runtimes);
  }

  /** For `/status`: no secret, no address, no caller. */
  status(): object {
    const { openStreams, asks, runtimes, places, peers } = this.#parts;
    return {
      peers: peers.seen,
      streams_open: openStreams.size,
      asks_open: asks.size,
      redis: sharedStates.status,
      endpoints: endpointsStatus(runtimes, places),
    };
  }

  /** Tools of one server in full; undefined where there is no such server. */
  details(asked: DetailsAsked): Promise<object | undefined> {
    return toolDetails(this.#parts.runtimes, asked, systemClock);
  }

  /** What readiness still waits for. */
  missing(): readonly string[] {
    return this.#readiness.missing();
  }

  /** Sets the gauges. */
  collect(): void {
    const { openStreams, asks, channels, sessions, leases, tickets, runtimes, places } =
      this.#parts;
    figures.openStreams.set(openStreams.size);
    figures.asksOpen.set(asks.size);
    figures.channels.set(channels.size);
    figures.channelBytes.set(channels.bytes);
    figures.sessionsEnded.set(sessions.endedCount);
    figures.sessionsLent.set(leases.lent);
    figures.handlesRefused.series.get(['aggregator']).value = tickets.refused;
    figures.handlesRefused.series.get(['oauth']).value =
      callerHandles.refused + callerTickets().refused;
    collectEndpoints(runtimes, places);
  }
}
