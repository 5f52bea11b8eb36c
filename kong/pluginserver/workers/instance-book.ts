import { LRUCache } from 'lru-cache';
import { held } from '../../../lib/held/limits.js';
import { createInstanceIds } from '../instances/instance-ids.js';
import type { KnownInstance } from './messages.js';

export interface InstanceBookOptions {
  /** Called with the id of an instance that no worker needs any more. */
  readonly onGone: (id: number) => void;
  /** Milliseconds after which an instance goes that no worker has used. */
  readonly idleMs?: number;
  readonly bytes?: number;
  /** Clock in milliseconds, for tests. */
  readonly now?: () => number;
}

/** What an instance takes besides its configuration. */
const overhead = 512;

interface Entry {
  readonly known: KnownInstance;
  /** When it goes whether used or not. */
  endsAt: number | undefined;
}

/** All instances that Kong has started and not closed, for every worker, also a later one. */
export class InstanceBook {
  readonly #nextId = createInstanceIds();
  readonly #entries: LRUCache<number, Entry>;
  readonly #now: () => number;

  constructor(options: InstanceBookOptions) {
    const { onGone, now = () => performance.now() } = options;
    this.#now = now;
    this.#entries = new LRUCache<number, Entry>({
      max: 10_000,
      maxSize: options.bytes ?? held.knownInstances.bytes,
      sizeCalculation: ({ known }) => known.config.length + overhead,
      ttl: options.idleMs ?? held.knownInstances.ms,
      ttlResolution: 0,
      updateAgeOnGet: true,
      dispose: (_, id) => onGone(id),
      perf: { now },
    });
  }

  /** Gives the instance an id; undefined where its configuration is too large to be kept. */
  add(name: string, config: Uint8Array): KnownInstance | undefined {
    const known = { id: this.#nextId(), name, config };
    this.#entries.set(known.id, { known, endsAt: undefined });
    return this.#entries.has(known.id) ? known : undefined;
  }

  /** Undefined for an id that was never given, or is gone. */
  get(id: number): KnownInstance | undefined {
    const entry = this.#entries.get(id);
    if (entry?.endsAt === undefined || this.#now() < entry.endsAt) return entry?.known;
    this.#entries.delete(id);
    return undefined;
  }

  /** Ends an instance after a time whether it is used or not. */
  endIn(id: number, ms: number): void {
    const entry = this.#entries.peek(id);
    if (entry !== undefined) entry.endsAt = this.#now() + ms;
  }

  /** Events have come for these. */
  used(ids: readonly number[]): void {
    for (const id of ids) this.#entries.get(id);
  }

  close(id: number): void {
    this.#entries.delete(id);
  }

  all(): readonly KnownInstance[] {
    this.#entries.purgeStale();
    return [...this.#entries.values()].map(({ known }) => known);
  }

  /** Lets go of what has been unused for too long; to be called now and then. */
  retireIdle(): void {
    this.#entries.purgeStale();
  }
}
