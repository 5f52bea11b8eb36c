import { setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { noRoom } from '../../../../lib/held/held-bytes.js';
import type { Remove, Siblings } from '../../../../lib/workers/siblings.js';
import { NowAndThen } from '../../../../lib/workers/now-and-then.js';
import { slotOf } from '../../../../lib/workers/slot-of.js';
import type { CancelSignal } from '../../../../lib/flow/cancellation.js';
import type { ServerConfig } from '../../config/config.js';
import type { ItemKind } from '../../core/items/item-kinds.js';
import type { ListedItems } from '../../core/calls/upstream-port.js';
import { cancelled } from '../failure/failures.js';
import type { Lease } from '../registry.js';
import { countedList } from './fetched-lists.js';
import { FetcherGone, ListGuest } from './list-guest.js';
import { hostLists } from './list-host.js';
import { OnceLists, within } from './once-lists.js';

/** Fetches a list from the server. */
export type FetchFrom = (
  kind: ItemKind,
  signal: CancelSignal,
  /** Whether this worker is the one to hear of changes. */
  listens: boolean,
) => Promise<ListedItems>;

/** The lists of one server that all callers share, as this worker gets them. */
export interface ServerLists {
  /** @throws McpError `upstream_*`, `cancelled` */
  list(kind: ItemKind, signal: CancelSignal): Promise<ListedItems>;
  /** The server has said on some line of this worker that a list has changed. */
  changed(method: string): void;
  close(): void;
}

const topic = 'lists';
const changedTopic = 'list_changed';
/** Servers that this worker has had. */
const mostKnown = 10_000;
/** How long a worker that is down is waited for, and how often it is looked for. */
const patienceMs = 2_000;
const lookMs = 100;
/** A server that says without end that a list has changed is passed on no more often. */
const tellMs = 100;

interface Changed {
  readonly key: string;
  readonly method: string;
}

/**
 * Lists that all callers share are fetched once for all workers of a node: each server has one worker
 * that does so, and hears of their changes. While that one is down the others fetch for themselves.
 */
export class NodeLists {
  readonly #siblings: Siblings;
  readonly #guests = new Map<number, ListGuest>();
  readonly #known = new LRUCache<string, ServerConfig>({ max: mostKnown });
  /** By key, who is to be told here. */
  readonly #hearers = new Map<string, (method: string) => void>();
  /** Those that this worker fetches. */
  readonly #own = new Map<string, OnceLists>();
  readonly #changes = new NowAndThen(tellMs);

  constructor(siblings: Siblings) {
    this.#siblings = siblings;
    siblings.onTold(changedTopic, (message) => {
      const { key, method } = message as Changed;
      this.#hearers.get(key)?.(method);
    });
  }

  /** Whether there is anybody to share with. */
  get alone(): boolean {
    return this.#siblings.count === 1;
  }

  /** @param onChanged told of each list that has changed, whichever worker has heard of it */
  of(server: ServerConfig, fetch: FetchFrom, onChanged: (method: string) => void): ServerLists {
    const { key } = server;
    this.#known.set(key, server);
    this.#hearers.set(key, onChanged);
    const { slot, count } = this.#siblings;
    const owner = slotOf(key, count);
    const lists =
      owner === slot
        ? this.#fetching(server, fetch)
        : this.#asking(server, fetch, onChanged, owner);
    const close = () => {
      if (this.#hearers.get(key) === onChanged) this.#hearers.delete(key);
      lists.close();
    };
    return { ...lists, close };
  }

  /**
   * Fetches lists for the other workers.
   * @param acquire makes the server anew where this worker does not need it, and keeps it meanwhile
   */
  serve(acquire: (server: ServerConfig) => Lease): Remove {
    return this.#siblings.onConnect(topic, (stream) => {
      stream.on('error', () => undefined);
      void hostLists(stream, {
        acquire,
        serverOf: (key) => this.#known.get(key),
        onChanged: (key, method) => this.#hasChanged(key, method),
      });
    });
  }

  #fetching({ key, name }: ServerConfig, fetch: FetchFrom) {
    const once = new OnceLists(name, (kind, signal) => fetch(kind, signal, true));
    this.#own.set(key, once);
    return {
      list: (kind: ItemKind, signal: CancelSignal) => once.list(kind, signal),
      changed: (method: string) => this.#hasChanged(key, method),
      close: () => {
        if (this.#own.get(key) === once) this.#own.delete(key);
        once.close();
      },
    };
  }

  #asking(
    { key, name }: ServerConfig,
    fetch: FetchFrom,
    onChanged: (method: string) => void,
    owner: number,
  ) {
    const guest = this.#guestOf(owner);
    const ask = async (
      kind: ItemKind,
      signal: CancelSignal,
      mayWait: boolean,
    ): Promise<ListedItems> => {
      try {
        return await countedList(key, async (hold) => {
          const listed = await within(guest.list(key, kind), signal, () => cancelled(name));
          const bytes = listed.items.reduce((sum, { length }) => sum + length, 0);
          if (!hold.tryAtLeast(bytes, key)) throw noRoom();
          return listed;
        });
      } catch (error) {
        if (!(error instanceof FetcherGone)) throw error;
        if (mayWait && (await this.#comesUp(owner, signal))) return ask(kind, signal, false);
        return fetch(kind, signal, false);
      }
    };
    return {
      list: (kind: ItemKind, signal: CancelSignal) => ask(kind, signal, true),
      // Who fetches tells all, this worker as well, once nothing older is handed out.
      changed: (method: string) => {
        if (!guest.connected) return onChanged(method);
        this.#changes.say(`${method} ${key}`, () => guest.say({ t: 'changed', key, method }));
      },
      close: () => guest.say({ t: 'leave', key }),
    };
  }

  /** Workers that start together are not ready together: one that is just starting is waited for. */
  async #comesUp(slot: number, signal: CancelSignal): Promise<boolean> {
    const until = performance.now() + patienceMs;
    while (performance.now() < until && !signal.aborted) {
      await pause(lookMs, undefined, { ref: false });
      if (this.#siblings.portOf(slot) !== undefined) return true;
    }
    return false;
  }

  #hasChanged(key: string, method: string): void {
    this.#own.get(key)?.changed(method);
    this.#hearers.get(key)?.(method);
    this.#changes.say(`${method} ${key}`, () =>
      this.#siblings.tell(changedTopic, { key, method } satisfies Changed),
    );
  }

  #guestOf(slot: number): ListGuest {
    let guest = this.#guests.get(slot);
    if (guest === undefined) {
      guest = new ListGuest(() => this.#siblings.connect(slot, topic, {}));
      this.#guests.set(slot, guest);
    }
    return guest;
  }
}
