import { createHash } from 'node:crypto';
import type { Clock } from './clock.js';
import type { ItemKind } from './item-kinds.js';
import { PrefixIndex } from './names.js';
import type { PreparedItem } from './prepare-item.js';
import type { PreparedItems } from './prepare-items.js';
import type { Served } from './served.js';

/** An item and the server it belongs to. */
export interface Entry {
  readonly server: Served;
  readonly item: PreparedItem;
}

/** A name that a server lists below the longer prefix of another, whose it is. */
export interface Collision {
  readonly kind: ItemKind;
  readonly server: Served;
  readonly name: string;
  readonly owner: Served;
}

/** All items of one kind at one time: servers in the order configured, items in their own. */
export interface Snapshot {
  /** Names the content: equal lists have equal ones, on other nodes and after a restart too. */
  readonly generation: string;
  readonly items: readonly PreparedItem[];
  /** Names of those that clients with sessions are not shown. */
  readonly modernOnly: ReadonlySet<string>;
}

/** Items put together between two breaths. */
/** Earlier snapshots kept, so that a client may turn their pages to the end. */
const mostKept = 4;
const mostKeptOnDemand = 1;
const mostSaid = 10_000;

/**
 * The items of one kind of an endpoint. Nothing is merged for a call: a name's prefix says which
 * server it belongs to. The list is put together only when a catalogue has changed.
 */
export class ItemIndex {
  readonly kind: ItemKind;
  readonly #servers: readonly Served[];
  readonly #clock: Clock;
  readonly #onCollision: (collision: Collision) => void;
  readonly #prefixes: PrefixIndex<Served>;
  readonly #said = new Set<string>();
  readonly #mostKept: number;
  readonly #kept = new Map<string, Snapshot>();
  /** Refused names by server, of the newest list. */
  #collisions: ReadonlyMap<string, number> = new Map();
  #lists: readonly PreparedItems[] = [];
  #current: Promise<Snapshot> | undefined;

  constructor(
    kind: ItemKind,
    servers: readonly Served[],
    options: { readonly clock: Clock; readonly onCollision: (collision: Collision) => void },
  ) {
    this.kind = kind;
    this.#servers = servers;
    this.#clock = options.clock;
    this.#onCollision = options.onCollision;
    this.#prefixes = new PrefixIndex(servers, ({ prefix }) => prefix);
    const ofOneCaller = servers.some(({ onDemand }) => onDemand);
    this.#mostKept = ofOneCaller ? mostKeptOnDemand : mostKept;
  }

  /** The entry of a name that clients see, if the server it belongs to has it (design D10). */
  find(name: string): Entry | undefined {
    const server = this.ownerOf(name);
    const item = server?.catalogues[this.kind].prepared.byName.get(name);
    return item && { server: server!, item };
  }

  /**
   * The server that a name belongs to: that with the longest prefix that fits. So configuration alone
   * decides, and nothing that a server lists, drops or fails at gives its names to another.
   */
  ownerOf(name: string): Served | undefined {
    return this.#prefixes.ownerOf(name);
  }

  current(): Promise<Snapshot> {
    const lists = this.#servers.map(({ catalogues }) => catalogues[this.kind].prepared);
    if (this.#current === undefined || !same(lists, this.#lists)) {
      this.#lists = lists;
      this.#current = this.#build(lists);
    }
    return this.#current;
  }

  /** How many names of a server belonged to another when the list was last put together. */
  collisionsOf(server: string): number {
    return this.#collisions.get(server) ?? 0;
  }

  /** The snapshot of this generation, if it is not too long ago. */
  async at(generation: string): Promise<Snapshot | undefined> {
    await this.current();
    return this.#kept.get(generation);
  }

  async #build(lists: readonly PreparedItems[]): Promise<Snapshot> {
    const all: PreparedItem[] = [];
    const hash = createHash('sha256');
    const collisions = new Map<string, number>();
    for (const [index, server] of this.#servers.entries()) {
      const { items, digest } = lists[index]!;
      hash.update(`${server.name} ${digest}\n`);
      const shared = this.#mayOverlap(server);
      for (const item of items) {
        await this.#clock.breathe();
        const owner = shared ? this.ownerOf(item.name) : server;
        if (owner === undefined || owner === server) {
          all.push(item);
          continue;
        }
        collisions.set(server.name, (collisions.get(server.name) ?? 0) + 1);
        this.#say({ kind: this.kind, server, name: item.name, owner });
      }
    }
    this.#collisions = collisions;
    const modernOnly = new Set(all.flatMap((item) => (item.modernOnly ? item.name : [])));
    const generation = hash.digest('base64url').slice(0, 16);
    return this.#keep({ generation, items: all, modernOnly });
  }

  /** Whether names of this server can belong to another; URIs carry their server's name. */
  #mayOverlap({ prefix }: Served): boolean {
    if (this.kind === 'resource' || this.kind === 'template') return false;
    return this.#prefixes.isPartOfLonger(prefix);
  }

  #keep(snapshot: Snapshot): Snapshot {
    this.#kept.delete(snapshot.generation);
    this.#kept.set(snapshot.generation, snapshot);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > this.#mostKept && oldest.done !== true) this.#kept.delete(oldest.value);
    return snapshot;
  }

  #say(collision: Collision): void {
    const text = `${collision.server.name} ${collision.name}`;
    if (this.#said.has(text) || this.#said.size >= mostSaid) return;
    this.#said.add(text);
    this.#onCollision(collision);
  }
}

function same(a: readonly PreparedItems[], b: readonly PreparedItems[]): boolean {
  return a.length === b.length && a.every((list, index) => list === b[index]);
}
