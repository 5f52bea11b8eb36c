import { HeldBytes } from '../../../lib/held/held-bytes.js';
import { held } from '../../../lib/held/limits.js';
import type { HandleStore } from '../../../lib/handles/handle-store.js';
import type { Sealer } from '../../../lib/handles/seal.js';
import { SealedTickets } from '../../../lib/handles/sealed/sealed-tickets.js';
import { anonymousIdentity, userKey } from '../../../lib/identity/identity.js';
import type { Siblings } from '../../../lib/workers/siblings.js';
import type { Clock } from '../core/calls/clock.js';
import type { Owner } from '../core/owners/owner.js';
import type { PeerAddress } from '../core/owners/peer.js';
import type { Acquire } from '../io/runtimes/runtime.js';
import { Runtimes } from '../io/runtimes/runtimes.js';
import { Leases } from './leases/leases.js';
import { OpenStreams } from './listening/open-streams.js';
import { Listens } from './modern/listen/listens.js';
import { ParkedCalls } from './modern/rounds/parked-calls.js';
import { RequestStates } from './modern/rounds/request-states.js';
import { TaskIds } from './modern/task-ids.js';
import { Owners } from './owners.js';
import { Peers } from './peers/peers.js';
import { Probes } from './peers/probes.js';
import { AskIds } from './questions/ask-ids.js';
import { Asks } from './questions/asks.js';
import { AskerBlobs } from './requests/asker-blobs.js';
import type { Timing } from './requests/exchange.js';
import { InFlight } from './requests/in-flight.js';
import type { Ticket } from './requests/ticket.js';
import { Tickets } from './requests/tickets.js';
import type { ServeParts } from './serve.js';
import { Cursors } from './sessions/cursors.js';
import { Guests } from './sessions/guests.js';
import { LogLevels } from './sessions/log-levels.js';
import { SessionEnds } from './sessions/session-ends.js';
import { Sessions } from './sessions/sessions.js';
import { Strangers } from './sessions/strangers.js';
import { Subscriptions } from './sessions/subscriptions.js';
import { Announcements } from './streams/announcements.js';
import { Bulletins } from './streams/bulletins.js';
import { Channels } from './streams/channels.js';

export interface PartsOptions {
  readonly handles: HandleStore<Ticket>;
  /** Sealing keys: the first one seals, all open. */
  readonly keys: readonly Buffer[];
  /** With these keys. */
  readonly sealer: Sealer;
  readonly acquire: Acquire;
  readonly clock: Clock;
  readonly timing: Timing;
  readonly siblings: Siblings;
  /** Where other nodes reach this one; undefined where they do not. */
  readonly peer: PeerAddress | undefined;
}

/** All that serves requests, and that says whose they are. */
export type Parts = ServeParts & {
  readonly owners: Owners;
  readonly peers: Peers;
  readonly probes: Probes;
};

const anonymous = userKey(anonymousIdentity);

/** Makes the parts of an aggregator. */
export function makeParts({
  handles,
  keys,
  sealer,
  timing,
  siblings,
  peer,
  ...more
}: PartsOptions): Parts {
  const now = () => more.clock.now();
  const self = ownerHere(siblings, peer);
  const probes = new Probes(keys);
  const sessions = new Sessions(sealer, now, { self });
  const inFlight = new InFlight();
  const channels = new Channels(sealer, {}, self);
  const [logLevels, announcements] = [new LogLevels(), new Announcements()];
  const subscriptions = new Subscriptions(now);
  const bulletins = new Bulletins({ subscriptions, channels, announcements, logLevels });
  const runtimes = new Runtimes(more.acquire, more.clock, bulletins.take.bind(bulletins), siblings);
  const states = new RequestStates(sealer, now, self);
  const askIds = self && new AskIds(sealer, now, self);
  const leases = new Leases({ siblings, runtimes, logLevels, sessions });
  const kept = { sessions, logLevels, leases, subscriptions, channels, inFlight, runtimes };
  return {
    ...kept,
    tickets: new Tickets({
      store: handles,
      sealed: new SealedTickets(keys, now),
      askers: new AskerBlobs(keys),
      configOf: (hash) => runtimes.configOf(hash),
    }),
    ends: new SessionEnds({ ...kept, siblings }),
    guests: new Guests({ channels, subscriptions, siblings }),
    owners: new Owners({ siblings, channels, states, askIds, self }),
    probes,
    peers: new Peers(peer, probes),
    strangers: new Strangers(sessions),
    cursors: new Cursors(sealer, now),
    asks: new Asks(timing.askMs, undefined, askIds),
    states,
    parked: new ParkedCalls(states, timing.askMs),
    taskIds: new TaskIds(sealer, now),
    announcements,
    bulletins,
    openStreams: new OpenStreams(),
    listens: new Listens(),
    timing,
    answers: new HeldBytes({ ...held.answers, ofServer: held.answersOfServer.ofOne, anonymous }),
  };
}

/** This process, where others are beside it. */
function ownerHere({ slot, count }: Siblings, peer?: PeerAddress): Owner | undefined {
  return peer || count > 1 ? { node: peer?.text ?? '', slot } : undefined;
}
