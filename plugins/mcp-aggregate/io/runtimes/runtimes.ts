import { LRUCache } from 'lru-cache';
import type { Clock } from '../../core/calls/clock.js';
import { NowAndThen } from '../../../../lib/workers/now-and-then.js';
import type { Remove, Siblings } from '../../../../lib/workers/siblings.js';
import type { AggregateConfig } from '../../config/config.js';
import type { ListNews, RefusedLists } from '../../core/lists/list-news.js';
import type { Withheld } from '../../core/pins/withheld.js';
import { Runtime } from './runtime.js';
import type { Acquire, OnSaid } from './runtime.js';

/** Kong never says that a plugin is gone, so what is not used for this long is given up. */
const idleMs = 10 * 60_000;
/** A superseded configuration may still be asked for by nginx workers that have not reloaded. */
const supersededIdleMs = 5_000;
const sweepMs = 1_000;
/** As many as there are instances, and longer than any session: its requests may come from elsewhere. */
const mostConfigs = 10_000;
const configMs = 25 * 3_600_000;
/** A server that refuses a caller's every call is passed on no more often. */
const tellMs = 100;
const topics = { withheld: 'withheld', refused: 'refused_lists' } as const;

/** With the hash of the configuration. */
type Told<News> = News & { readonly hash: string };

/**
 * The runtimes of this process, one per configuration: Kong starts an instance per nginx worker,
 * and again after any change, so instances come and go while the state stays (kong-facts: loading).
 */
export class Runtimes {
  readonly #acquire: Acquire;
  readonly #onSaid: OnSaid;
  readonly #clock: Clock;
  readonly #byHash = new Map<string, Runtime>();
  /** Hash of the newest configuration of each plugin entry. */
  readonly #newest = new Map<string, string>();
  /** Outlives runtimes: requests of other processes name their configuration by its hash. */
  readonly #configs: LRUCache<string, AggregateConfig>;
  readonly #sweeper: NodeJS.Timeout;
  readonly #siblings: Siblings | undefined;
  readonly #removers: readonly Remove[];
  readonly #refusals = new NowAndThen(tellMs);

  /**
   * @param onSaid takes what servers say outside of calls
   * @param siblings who are told of lists that are one caller's own, which each fetches for itself
   */
  constructor(acquire: Acquire, clock: Clock, onSaid: OnSaid = () => {}, siblings?: Siblings) {
    this.#acquire = acquire;
    this.#siblings = siblings;
    this.#removers = siblings === undefined ? [] : this.#hear(siblings);
    this.#onSaid = onSaid;
    this.#clock = clock;
    const perf = { now: () => clock.now() };
    this.#configs = new LRUCache({ max: mostConfigs, ttl: configMs, updateAgeOnGet: true, perf });
    this.#sweeper = setInterval(() => this.sweep(), sweepMs);
    this.#sweeper.unref();
  }

  get size(): number {
    return this.#byHash.size;
  }

  /** An instance starts with this configuration: it supersedes the entry's earlier one. */
  start(config: AggregateConfig): void {
    this.#newest.set(config.entry, config.hash);
    this.#configs.set(config.hash, config);
    this.use(config);
  }

  /** The runtime of a configuration, made if it was never there or has been given up. */
  use(config: AggregateConfig): Runtime {
    const known = this.#byHash.get(config.hash);
    if (known !== undefined) {
      known.touch();
      return known;
    }
    const news = this.#newsOf(config);
    const made = new Runtime(config, this.#acquire, this.#clock, this.#onSaid, news);
    this.#byHash.set(config.hash, made);
    if (!this.#newest.has(config.entry)) this.#newest.set(config.entry, config.hash);
    return made;
  }

  /** The runtime of a configuration, if there is one. */
  find(config: AggregateConfig): Runtime | undefined {
    return this.#byHash.get(config.hash);
  }

  /** The configuration with this hash, also where its runtime has been given up. */
  configOf(hash: string): AggregateConfig | undefined {
    return this.#byHash.get(hash)?.config ?? this.#configs.get(hash);
  }

  /** All there are, superseded ones too. */
  all(): Iterable<Runtime> {
    return this.#byHash.values();
  }

  /** Whether a configuration is its entry's newest. */
  isNewest({ entry, hash }: AggregateConfig): boolean {
    return this.#newest.get(entry) === hash;
  }

  /** Gives up what is no longer used; called by a timer. */
  sweep(): void {
    for (const [hash, runtime] of this.#byHash) {
      const { entry } = runtime.config;
      const newest = this.#newest.get(entry) === hash;
      const idle = this.#clock.now() - runtime.lastUsed;
      if (runtime.running > 0 || (newest && runtime.watched)) continue;
      if (idle < (newest ? idleMs : supersededIdleMs)) continue;
      runtime.close();
      this.#byHash.delete(hash);
      if (newest) this.#newest.delete(entry);
    }
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const remove of this.#removers) remove();
    for (const runtime of this.#byHash.values()) runtime.close();
    this.#byHash.clear();
    this.#newest.clear();
  }

  #hear(siblings: Siblings): readonly Remove[] {
    return [
      siblings.onTold(topics.withheld, (message) => {
        const { hash, ...withheld } = message as Told<Withheld>;
        this.#byHash.get(hash)?.hearWithheld(withheld);
      }),
      siblings.onTold(topics.refused, (message) => {
        const { hash, ...refused } = message as Told<RefusedLists>;
        this.#byHash.get(hash)?.hearRefused(refused);
      }),
    ];
  }

  #newsOf({ hash }: AggregateConfig): ListNews {
    const tell = (topic: string, news: object): void => {
      this.#siblings?.tell(topic, { hash, ...news });
    };
    return {
      withheld: (what) => tell(topics.withheld, what),
      refused: (whose) =>
        this.#refusals.say(`${hash} ${whose.server} ${whose.context}`, () =>
          tell(topics.refused, whose),
        ),
    };
  }
}
