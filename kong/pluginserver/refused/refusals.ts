import { LRUCache } from 'lru-cache';
import { ConfigError } from '../../../lib/errors/errors.js';
import { log } from '../../../lib/log.js';
import { logFailure } from '../instances/failure.js';

/** A plugin configuration that Kong took and the plugin refuses. Holds no value of a secret field. */
export interface Refusal {
  readonly plugin: string;
  /** Id of the plugin entry in Kong. */
  readonly entry: string;
  /** Id of the route or service that the entry belongs to; undefined for a global one. */
  readonly owner: string | undefined;
  /** What is wrong and how to mend it, for operators only. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Name of the route, once a request has told it. */
  route: string | undefined;
  /** Requests that were answered 503. */
  requests: number;
}

type Config = Readonly<Record<string, unknown>>;

/** A bound for whoever changes configurations all day. */
const most = 1_000;
/** Kong never says that a plugin is gone: what nobody asks for any more is forgotten. */
const keptMs = 600_000;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The refused configurations of this process, by plugin entry. */
export class Refusals {
  readonly #byEntry: LRUCache<string, Refusal>;
  readonly #now: () => number;

  /** @param now clock in milliseconds since the epoch, for tests */
  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#byEntry = new LRUCache({
      max: most,
      ttl: keptMs,
      ttlResolution: 0,
      perf: { now },
    });
  }

  /** Notes why `plugin` does not start with `config`, and logs it unless that is known. */
  add(plugin: string, config: Config, error: unknown): Refusal {
    const key = keyOf(plugin, config);
    const entry = text(config['__plugin_id']) ?? 'unnamed';
    const owner = text(config['route_id']) ?? text(config['service_id']);
    const known = this.#byEntry.get(key);
    if (known !== undefined && error instanceof ConfigError && known.reason === error.message) {
      this.#byEntry.set(key, known);
      return known;
    }
    const about = { plugin, entry, owner };
    const reason = reasonOf(error, about);
    const refusal = { ...about, reason, since: this.#now(), route: undefined, requests: 0 };
    this.#byEntry.set(key, refusal);
    return refusal;
  }

  /** The entry has started with another configuration, or its old one is fine by now. */
  accepted(plugin: string, config: Config): void {
    if (this.#byEntry.size > 0) this.#byEntry.delete(keyOf(plugin, config));
  }

  /** A request came to a refused configuration. */
  asked(refusal: Refusal): void {
    refusal.requests += 1;
    const key = `${refusal.plugin} ${refusal.entry}`;
    if (this.#byEntry.peek(key) === refusal) this.#byEntry.set(key, refusal);
  }

  /** Those that requests still meet, or have met in the last ten minutes. */
  all(): readonly Refusal[] {
    this.#byEntry.purgeStale();
    return [...this.#byEntry.values()].reverse();
  }
}

function keyOf(plugin: string, config: Config): string {
  return `${plugin} ${text(config['__plugin_id']) ?? 'unnamed'}`;
}

/** A plugin's own words; of any other error only the log says more, which is bounded there. */
function reasonOf(error: unknown, about: Readonly<Record<string, unknown>>): string {
  if (error instanceof ConfigError) {
    const { field, message: reason } = error;
    log('error', 'configuration_refused', { ...about, field, reason });
    return reason;
  }
  const id = logFailure('configuration_refused', error, about);
  return `the plugin failed on it; its log says why, under request_id ${id}`;
}
