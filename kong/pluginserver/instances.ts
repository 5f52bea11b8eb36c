import { LRUCache } from 'lru-cache';
import { createInstanceIds } from './instance-ids.js';
import type { PdkInstance } from './kong-pdk.js';
import type { Plugins } from './load-plugins.js';

/** An instance cannot be started; the message says why and is for the log only. */
export class InstanceStartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'InstanceStartError';
  }
}

export interface InstancesOptions {
  readonly plugins: Plugins;
  /** Called with what a plugin's `close` threw. */
  readonly onCloseError: (plugin: string, error: unknown) => void;
  /** Most instances held; default 10,000. The least recently used one goes first. */
  readonly capacity?: number;
  /** Milliseconds after which an unused instance goes; default one hour. */
  readonly idleMs?: number;
  /** Clock in milliseconds, for tests. */
  readonly now?: () => number;
}

/** One plugin configuration, started by one of Kong's workers. */
export class Instance {
  readonly id: number;
  readonly phases: readonly string[];
  readonly #pdkInstance: PdkInstance;
  readonly #onCloseError: InstancesOptions['onCloseError'];
  #running = 0;
  #retired = false;

  constructor(
    id: number,
    phases: readonly string[],
    pdkInstance: PdkInstance,
    onCloseError: InstancesOptions['onCloseError'],
  ) {
    this.id = id;
    this.phases = phases;
    this.#pdkInstance = pdkInstance;
    this.#onCloseError = onCloseError;
  }

  get name(): string {
    return this.#pdkInstance.getName();
  }

  /** Whole seconds since the epoch. */
  get startedAt(): number {
    return Math.floor(this.#pdkInstance.getStartTime());
  }

  /** The plugin object for one event, which ends with `release`. */
  acquire(): Readonly<Record<string, unknown>> {
    this.#running += 1;
    return this.#pdkInstance.resetExpireTs() as Readonly<Record<string, unknown>>;
  }

  release(): void {
    this.#running -= 1;
    if (this.#retired && this.#running === 0) this.#close();
  }

  /** Closes the plugin object once its last event has ended. */
  retire(): void {
    this.#retired = true;
    if (this.#running === 0) this.#close();
  }

  #close(): void {
    const plugin = this.#pdkInstance.resetExpireTs() as { close?: () => unknown };
    this.#pdkInstance.close();
    const closed = new Promise((done) => done(plugin.close?.()));
    closed.catch((error: unknown) => this.#onCloseError(this.name, error));
  }
}

function parseConfig(config: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(config).toString());
  } catch {
    // The parser's own message quotes its input, and that may hold a secret.
    throw new Error('the configuration is not JSON');
  }
}

/**
 * The instances of all plugins by id. Kong never closes the instances of a removed plugin, nor
 * those it forgot after a crash, so unused ones go by time.
 */
export class Instances {
  readonly #options: InstancesOptions;
  readonly #nextId = createInstanceIds();
  readonly #byId: LRUCache<number, Instance>;

  constructor(options: InstancesOptions) {
    this.#options = options;
    const { capacity = 10_000, idleMs = 3_600_000, now } = options;
    this.#byId = new LRUCache<number, Instance>({
      max: capacity,
      ttl: idleMs,
      ttlResolution: 0,
      updateAgeOnGet: true,
      dispose: (instance) => instance.retire(),
      ...(now === undefined ? {} : { perf: { now } }),
    });
  }

  get size(): number {
    return this.#byId.size;
  }

  /**
   * Starts an instance of the named plugin.
   * @param config JSON as Kong sent it
   * @throws InstanceStartError on an unknown plugin, unreadable JSON or a throwing constructor
   */
  start(name: string, config: Uint8Array): Instance {
    const module = this.#options.plugins.get(name)?.module;
    if (module === undefined) throw new InstanceStartError(`there is no plugin ${name}`);
    try {
      const pdkInstance = module.new(parseConfig(config));
      const { onCloseError } = this.#options;
      const instance = new Instance(this.#nextId(), module.getPhases(), pdkInstance, onCloseError);
      this.#byId.set(instance.id, instance);
      return instance;
    } catch (error) {
      throw new InstanceStartError(`plugin ${name} refuses its configuration`, error);
    }
  }

  /** The instance, now recently used; undefined for an id this process never gave or has retired. */
  get(id: number): Instance | undefined {
    return this.#byId.get(id);
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
