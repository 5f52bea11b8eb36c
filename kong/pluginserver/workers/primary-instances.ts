import { log } from '../../../lib/log.js';
import { InstanceBook } from './instance-book.js';
import type { KnownInstance } from './messages.js';
import type { Slot, ToSlot } from './slot.js';

/** How long other workers may take to start an instance; who comes later asks for it. */
const startMs = 2_000;
/** How long the one may take that Kong has asked, as one alone may: it answers or fails. */
const ownStartMs = 30_000;
const retireEveryMs = 60_000;

/** The primary's side of instances: every worker has each. */
export class PrimaryInstances {
  readonly #slots: readonly Slot[];
  readonly #book: InstanceBook;

  constructor(slots: readonly Slot[], book?: InstanceBook) {
    this.#slots = slots;
    this.#book = book ?? new InstanceBook({ onGone: (id) => this.#gone(id) });
    setInterval(() => this.#book.retireIdle(), retireEveryMs).unref();
  }

  all(): readonly KnownInstance[] {
    return this.#book.all();
  }

  /** Answers a worker. */
  serve(channel: ToSlot, slot: Slot): void {
    channel.on('begin', ({ name, config }) => this.#begin(slot, name, config));
    channel.on('find', (id) => this.#book.get(id));
    channel.on('close', (id) => this.#book.close(id) as undefined);
    channel.on('used', (ids) => this.#book.used(ids) as undefined);
  }

  /** Kong is answered once all workers know the instance. */
  async #begin(asking: Slot, name: string, config: Uint8Array): Promise<number | undefined> {
    const known = this.#book.add(name, config);
    if (known === undefined) return undefined;
    const [own] = await Promise.all([
      this.#start(asking, known, ownStartMs),
      ...this.#slots
        .filter((slot) => slot !== asking)
        .map((slot) => this.#start(slot, known, startMs)),
    ]);
    if (own?.started !== true) {
      this.#book.close(known.id);
      return undefined;
    }
    if (own.endsInMs !== undefined) this.#book.endIn(known.id, own.endsInMs);
    return known.id;
  }

  /** Undefined where the worker does not say in time; one that is starting is not waited for. */
  async #start(slot: Slot, known: KnownInstance, boundMs: number) {
    const { channel, live } = slot;
    if (!live) return void channel?.tell('start', known);
    try {
      return await channel?.ask('start', known, boundMs);
    } catch (error) {
      log('warn', 'instance_start_unconfirmed', { slot: slot.slot, error: String(error) });
      return undefined;
    }
  }

  #gone(id: number): void {
    for (const slot of this.#slots) slot.channel?.tell('retire', [id]);
  }
}
