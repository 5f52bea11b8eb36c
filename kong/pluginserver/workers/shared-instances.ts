import type { Instance } from '../instances/instance.js';
import { InstanceStartError } from '../instances/instances.js';
import type { Instances } from '../instances/instances.js';
import type { InstanceSource } from '../instances/instance-source.js';
import type { Channel } from './channel.js';
import type { KnownInstance, ToPrimary, ToWorker } from './messages.js';

/** How long the primary may take, in milliseconds; it waits for stuck workers itself. */
const askMs = 35_000;

/** This worker's instances, under the ids that all workers know them by. */
export class SharedInstances implements InstanceSource {
  readonly #own: Instances;
  readonly #primary: Channel<ToPrimary, ToWorker>;
  #used = new Set<number>();

  /** @param own which lets none go by itself: the primary knows what other workers use */
  constructor(own: Instances, primary: Channel<ToPrimary, ToWorker>) {
    this.#own = own;
    this.#primary = primary;
  }

  get(id: number): Instance | undefined {
    const instance = this.#own.get(id);
    if (instance !== undefined) this.#used.add(id);
    return instance;
  }

  async find(id: number): Promise<Instance | undefined> {
    const known = await this.#primary.ask('find', id, askMs);
    return known && this.startKnown(known);
  }

  async start(name: string, config: Uint8Array): Promise<Instance> {
    const id = await this.#primary.ask('begin', { name, config }, askMs);
    const instance = id === undefined ? undefined : this.#own.get(id);
    if (instance !== undefined) return instance;
    throw new InstanceStartError(
      `no instance of ${name.slice(0, 100)} could be started: the configuration is not JSON, too large, or of no plugin here`,
    );
  }

  /**
   * Starts what Kong has asked for, here or at another worker.
   * @throws InstanceStartError as `Instances.start`
   */
  startKnown({ id, name, config }: KnownInstance): Instance {
    return this.#own.startAs(id, name, config);
  }

  close(id: number): void {
    this.#own.close(id);
    this.#primary.tell('close', id);
  }

  /** No worker needs these any more. */
  retire(ids: readonly number[]): void {
    for (const id of ids) this.#own.close(id);
  }

  /** Tells the primary what has been used since the last time. */
  reportUsed(): void {
    if (this.#used.size === 0) return;
    this.#primary.tell('used', [...this.#used]);
    this.#used = new Set();
  }
}
