import { HandleStore } from '../../../lib/handles/handle-store.js';
import { hopMark } from '../../../lib/handles/hop-mark.js';
import { Sealer } from '../../../lib/handles/seal.js';
import type { SealingKeys } from '../../../lib/handles/sealing-keys.js';
import { useTicketKeys } from '../../../lib/handles/sealed/of-process.js';
import { held } from '../../../lib/held/limits.js';
import { log } from '../../../lib/log.js';
import { siblings as siblingsOfProcess } from '../../../lib/workers/siblings.js';
import type { Siblings } from '../../../lib/workers/siblings.js';
import type { Clock } from '../core/calls/clock.js';
import type { PeerAddress } from '../core/owners/peer.js';
import type { Place } from '../core/owners/place-of.js';
import { EndpointPlaces } from '../io/endpoint-places.js';
import type { Acquire } from '../io/runtimes/runtime.js';
import type { Runtimes } from '../io/runtimes/runtimes.js';
import type { Leases } from './leases/leases.js';
import { Listener } from './listening/listener.js';
import type { TaskIds } from './modern/task-ids.js';
import { Operations } from './operations.js';
import type { Owners } from './owners.js';
import { makeParts } from './parts.js';
import { PeerDoor } from './peers/peer-door.js';
import type { Peers } from './peers/peers.js';
import type { Parts } from './parts.js';
import { defaultTiming } from './requests/exchange.js';
import type { Timing } from './requests/exchange.js';
import { placeOf } from './requests/destination.js';
import type { Destination } from './requests/destination.js';
import type { Ticket } from './requests/ticket.js';
import type { Tickets } from './requests/tickets.js';
import { serve } from './serve.js';
import type { LogLevels } from './sessions/log-levels.js';
import type { Sessions } from './sessions/sessions.js';

export interface AggregatorOptions {
  readonly acquire: Acquire;
  readonly clock: Clock;
  /** Ends all servers, lingering ones too. */
  readonly closeUpstreams: () => Promise<void>;
  readonly sealingKeys: () => Promise<SealingKeys>;
  readonly timing?: Timing;
  /** Default: those of this process. */
  readonly siblings?: Siblings;
  /** Where other nodes reach this one; nowhere where absent. Throws ConfigError. */
  readonly peer?: (workers: number, keys: SealingKeys) => PeerAddress | undefined;
}

/** How long a stop waits for answers under way, in milliseconds. */
const stopMs = 6_000;

interface Running {
  readonly here: Destination;
  readonly listener: Listener;
  /** For other nodes. */
  readonly door: PeerDoor | undefined;
  readonly parts: Parts;
  readonly operations: Operations;
}

/** The HTTP side of mcp-aggregate, one per process. Does nothing before `start`. */
export class Aggregator {
  /** Handles from the access phase. Many are never redeemed: native plugins may end the request. */
  readonly handles: HandleStore<Ticket>;
  /** What requests tell of endpoints' names, for operators. */
  readonly places = new EndpointPlaces();
  readonly #options: AggregatorOptions;
  #starting: Promise<Running> | undefined;
  #running: Running | undefined;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.handles = new HandleStore({ ...held.tickets, now: () => options.clock.now() });
  }

  /** Resolves once the listener accepts. */
  async start(): Promise<void> {
    this.#starting ??= this.#start();
    this.#running = await this.#starting;
  }

  get port(): number {
    return this.#started().listener.port;
  }

  /** A process of this node as a target of requests; this one where the other has gone meanwhile. */
  destinationOf(place: Exclude<Place, { readonly kind: 'peer' }>): Destination {
    const { here, parts } = this.#started();
    return place.kind === 'sibling' ? (parts.owners.siblingAt(place.slot) ?? here) : here;
  }

  /** The other nodes. */
  get peers(): Peers {
    return this.#started().parts.peers;
  }

  /** What requests bring along to an aggregator, this one or another. */
  get tickets(): Tickets {
    return this.#started().parts.tickets;
  }

  get sessions(): Sessions {
    return this.#started().parts.sessions;
  }

  /** Which process keeps what requests are about. */
  get owners(): Owners {
    return this.#started().parts.owners;
  }

  /** Log levels that sessions have set. */
  get logLevels(): LogLevels {
    return this.#started().parts.logLevels;
  }

  /** Direct calls in sessions of other workers. */
  get leases(): Leases {
    return this.#started().parts.leases;
  }

  get taskIds(): TaskIds {
    return this.#started().parts.taskIds;
  }

  get operations(): Operations {
    return this.#started().operations;
  }

  get runtimes(): Runtimes {
    return this.#started().parts.runtimes;
  }

  /** Lets answers under way end within `ms`, then closes connections and servers. */
  async stop(ms = stopMs): Promise<void> {
    const running = await this.#starting?.catch(() => undefined);
    if (running === undefined) return;
    const { listener, door, parts } = running;
    parts.channels.endMailboxes();
    parts.parked.close();
    parts.listens.endAll();
    parts.subscriptions.endAll();
    await Promise.all([door?.close(ms), listener.close(ms, () => parts.inFlight.abortAll())]);
    parts.runtimes.close();
    await this.#options.closeUpstreams();
  }

  async #start(): Promise<Running> {
    const { acquire, clock, sealingKeys, timing = defaultTiming } = this.#options;
    const { siblings = siblingsOfProcess() } = this.#options;
    const ofProcess = await sealingKeys();
    const { keys } = ofProcess;
    const sealer = new Sealer(keys, () => clock.now());
    hopMark.use(keys);
    useTicketKeys(ofProcess);
    const { handles } = this;
    const peer = this.#options.peer?.(siblings.count, ofProcess);
    const parts = makeParts({ handles, keys, sealer, acquire, clock, timing, siblings, peer });
    await parts.ends.learn();
    const { listener, here } = await listen(parts);
    const door = peer && (await openDoor(parts, peer, siblings));
    this.places.share(siblings);
    siblings.announce(listener.port);
    const operations = new Operations({ ...parts, places: this.places });
    return { here, listener, door, parts, operations };
  }

  #started(): Running {
    if (this.#running === undefined) throw new Error('mcp-aggregate is not ready');
    return this.#running;
  }
}

async function openDoor(parts: Parts, address: PeerAddress, siblings: Siblings): Promise<PeerDoor> {
  const door = new PeerDoor({
    address,
    siblings,
    probes: parts.probes,
    serve: (at, request, response) => void serve(parts, at, request, response, true),
  });
  await door.open();
  return door;
}

async function listen(parts: Parts): Promise<{ listener: Listener; here: Destination }> {
  let at = '';
  const listener = new Listener((request, response) => void serve(parts, at, request, response));
  await listener.start();
  const here = { host: '127.0.0.1', port: listener.port, here: true };
  at = placeOf(here);
  log('info', 'aggregator_listening', { port: listener.port });
  return { listener, here };
}
