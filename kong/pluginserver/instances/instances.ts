import { LRUCache } from 'lru-cache';
import { Instance, refusedMs } from './instance.js';
import type { OnCloseError } from './instance.js';
import { createInstanceIds } from './instance-ids.js';
import type { InstanceSource } from './instance-source.js';
import type { PdkInstance } from '../pdk/kong-pdk.js';
import type { Plugins } from './load-plugins.js';
import { refusedInstance } from '../refused/refused-plugin.js';
import type { Refusals } from '../refused/refusals.js';

/** An instance cannot be started; the message says why and is for the log only. */
export class InstanceStartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'InstanceStartError';
  }
}

export interface InstancesOptions {
  readonly plugins: Plugins;
  /** Takes what plugins refuse. */
  readonly refusals: Refusals;
  readonly onCloseError: OnCloseError;
  /** Most instances held; default 10,000. The least recently used one goes first. */
  readonly capacity?: number;
  /** Milliseconds after which an unused instance goes; default one hour. */
  readonly idleMs?: number;
  /** Clock in milliseconds, for tests. */
  readonly now?: () => number;
}

type Config = Readonly<Record<string, unknown>>;

/** @throws InstanceStartError for anything but a JSON object */
function parseConfig(config: Uint8Array): Config {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(config).toString());
  } catch {
    // The parser's own message quotes its input, and that may hold a secret.
  }
  if (typeof parsed === 'object' && parsed !== null) return parsed as Config;
  throw new InstanceStartError('the configuration is not JSON');
}

/**
 * The instances of all plugins by id. Kong never closes the instances of a removed plugin, nor
 * those it forgot after a crash, so unused ones go by time.
 */
export class Instances implements InstanceSource {
  readonly #options: InstancesOptions;
  readonly #nextId = createInstanceIds();
  readonly #byId: LRUCache<number, Instance>;
  readonly #now: () => number;

  constructor(options: InstancesOptions) {
    this.#options = options;
    const { capacity = 10_000, idleMs = 3_600_000, now = () => performance.now() } = options;
    this.#now = now;
    this.#byId = new LRUCache<number, Instance>({
      max: capacity,
      ttl: idleMs,
      ttlResolution: 0,
      updateAgeOnGet: true,
      dispose: (instance) => instance.retire(),
      perf: { now },
    });
  }

  get size(): number {
    return this.#byId.size;
  }

  /**
   * Starts an instance of the named plugin; where the plugin refuses the configuration, one that
   * answers every request itself.
   * @param config JSON as Kong sent it
   * @throws InstanceStartError on an unknown plugin or unreadable JSON
   */
  start(name: string, config: Uint8Array): Instance {
    return this.startAs(this.#nextId(), name, config);
  }

  /** The same under an id that was given elsewhere; an instance that has it already stays. */
  startAs(id: number, name: string, config: Uint8Array): Instance {
    const known = this.get(id);
    if (known !== undefined) return known;
    const module = this.#options.plugins.get(name)?.module;
    if (module === undefined) throw new InstanceStartError(`there is no plugin ${name}`);
    const { refusals, onCloseError } = this.#options;
    const given = parseConfig(config);
    let pdkInstance: PdkInstance;
    let endsAt: number | undefined;
    try {
      pdkInstance = module.new(given);
      refusals.accepted(name, given);
    } catch (error) {
      pdkInstance = refusedInstance(refusals.add(name, given, error), refusals);
      endsAt = this.#now() + refusedMs;
    }
    const phases = module.getPhases();
    const instance = new Instance(id, phases, pdkInstance, onCloseError, endsAt);
    this.#byId.set(instance.id, instance);
    return instance;
  }

  /** The instance, now recently used; undefined for an id this process never gave or has retired. */
  get(id: number): Instance | undefined {
    const instance = this.#byId.get(id);
    if (instance?.endsAt === undefined || this.#now() < instance.endsAt) return instance;
    this.#byId.delete(id);
    return undefined;
  }

  /** Retires the instance; an unknown id is no error, for Kong may ask twice. */
  close(id: number): void {
    this.#byId.delete(id);
  }

  /** Retires what has been unused for too long; to be called now and then. */
  retireIdle(): void {
    this.#byId.purgeStale();
  }
}
