import { HandleStore } from '../../../lib/handles/handle-store.js';
import { HeldBytes } from '../../../lib/held/held-bytes.js';
import { held } from '../../../lib/held/limits.js';
import { hopMark } from '../../../lib/handles/hop-mark.js';
import { anonymousIdentity, userKey } from '../../../lib/identity.js';
import { log } from '../../../lib/log.js';
import { Sealer } from '../../../lib/handles/seal.js';
import type { Clock } from '../core/calls/clock.js';
import type { Acquire } from '../io/runtime.js';
import { EndpointPlaces } from '../io/endpoint-places.js';
import { Runtimes } from '../io/runtimes.js';
import { Asks } from './questions/asks.js';
import { Cursors } from './sessions/cursors.js';
import { defaultTiming } from './requests/exchange.js';
import type { Timing } from './requests/exchange.js';
import { InFlight } from './requests/in-flight.js';
import { Listener } from './listening/listener.js';
import { serve } from './serve.js';
import { TaskIds } from './modern/task-ids.js';
import { Listens } from './modern/listen/listens.js';
import { ParkedCalls } from './modern/rounds/parked-calls.js';
import { RequestStates } from './modern/rounds/request-states.js';
import { OpenStreams } from './listening/open-streams.js';
import { Operations } from './operations.js';
import { Sessions } from './sessions/sessions.js';
import { Announcements } from './streams/announcements.js';
import { Bulletins } from './streams/bulletins.js';
import { Channels } from './streams/channels.js';
import { LogLevels } from './sessions/log-levels.js';
import { Subscriptions } from './sessions/subscriptions.js';
import type { Ticket } from './requests/ticket.js';

export interface AggregatorOptions {
  readonly acquire: Acquire;
  readonly clock: Clock;
  /** Ends all servers, lingering ones too. */
  readonly closeUpstreams: () => Promise<void>;
  readonly sealingKeys: () => Promise<Buffer[]>;
  readonly timing?: Timing;
}

/** How long a stop waits for answers under way, in milliseconds. */
const stopMs = 6_000;

const anonymous = userKey(anonymousIdentity);

interface Running {
  readonly listener: Listener;
  readonly sessions: Sessions;
  readonly runtimes: Runtimes;
  readonly inFlight: InFlight;
  readonly channels: Channels;
  readonly parked: ParkedCalls;
  readonly listens: Listens;
  readonly taskIds: TaskIds;
  readonly operations: Operations;
  readonly subscriptions: Subscriptions;
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

  get sessions(): Sessions {
    return this.#started().sessions;
  }

  get taskIds(): TaskIds {
    return this.#started().taskIds;
  }

  get operations(): Operations {
    return this.#started().operations;
  }

  get runtimes(): Runtimes {
    return this.#started().runtimes;
  }

  /** Lets answers under way end within `ms`, then closes connections and servers. */
  async stop(ms = stopMs): Promise<void> {
    const running = await this.#starting?.catch(() => undefined);
    if (running === undefined) return;
    running.channels.endMailboxes();
    running.parked.close();
    running.listens.endAll();
    running.subscriptions.endAll();
    await running.listener.close(ms, () => running.inFlight.abortAll());
    running.runtimes.close();
    await this.#options.closeUpstreams();
  }

  async #start(): Promise<Running> {
    const { acquire, clock, sealingKeys, timing = defaultTiming } = this.#options;
    const now = () => clock.now();
    const keys = await sealingKeys();
    const sealer = new Sealer(keys, now);
    hopMark.use(keys);
    const sessions = new Sessions(sealer, now);
    const cursors = new Cursors(sealer, now);
    const inFlight = new InFlight();
    const channels = new Channels(sealer);
    const [logLevels, announcements] = [new LogLevels(), new Announcements()];
    const subscriptions = new Subscriptions(now);
    const bulletins = new Bulletins({ subscriptions, channels, announcements, logLevels });
    const runtimes = new Runtimes(acquire, clock, bulletins.take.bind(bulletins));
    const states = new RequestStates(sealer, now);
    const listens = new Listens();
    const parked = new ParkedCalls(states, timing.askMs);
    const taskIds = new TaskIds(sealer, now);
    const parts = {
      handles: this.handles,
      sessions,
      cursors,
      runtimes,
      inFlight,
      asks: new Asks(timing.askMs),
      logLevels,
      channels,
      states,
      parked,
      taskIds,
      announcements,
      subscriptions,
      bulletins,
      openStreams: new OpenStreams(),
      listens,
      timing,
      answers: new HeldBytes({ ...held.answers, ofServer: held.answersOfServer.ofOne, anonymous }),
    };
    const listener = new Listener((request, response) => void serve(parts, request, response));
    await listener.start();
    log('info', 'aggregator_listening', { port: listener.port });
    const operations = new Operations({ ...parts, places: this.places });
    const kept = { inFlight, channels, parked, listens, taskIds, subscriptions };
    return { listener, sessions, runtimes, operations, ...kept };
  }

  #started(): Running {
    if (this.#running === undefined) throw new Error('mcp-aggregate is not ready');
    return this.#running;
  }
}
