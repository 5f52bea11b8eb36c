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

/** A name that an earlier server of the configuration already has. */
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
}

/** Items put together between two breaths. */
const portion = 2_000;
/** Earlier snapshots kept, so that a client may turn their pages to the end. */
const mostKept = 4;
const mostKeptOnDemand = 1;
const mostSaid = 10_000;

/**
 * The items of one kind of an endpoint. Nothing is merged for a call: a name's prefix says which
 * servers can have it. The list is put together only when a catalogue has changed.
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

  /** The entry of a name that clients see: of the first server that has it (design D10). */
  find(name: string): Entry | undefined {
    let kept = 0;
    for (const server of this.#prefixes.candidates(name)) {
      const { loaded, prepared } = server.catalogues[this.kind];
      const item = prepared.byName.get(name);
      if (item !== undefined) return server.prefix.length < kept ? undefined : { server, item };
      if (!loaded) kept = Math.max(kept, server.prefix.length);
    }
    return undefined;
  }

  /** Servers that could have the name, in the order configured. */
  candidates(name: string): Served[] {
    return this.#prefixes.candidates(name);
  }

  current(): Promise<Snapshot> {
    const lists = this.#servers.map(({ catalogues }) => catalogues[this.kind].prepared);
    if (this.#current === undefined || !same(lists, this.#lists)) {
      this.#lists = lists;
      this.#current = this.#build(lists);
    }
    return this.#current;
  }

  /** How many names of a server an earlier one already had when the list was last put together. */
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
    let done = 0;
    for (const [index, server] of this.#servers.entries()) {
      const { items, digest } = lists[index]!;
      hash.update(`${server.name} ${digest}\n`);
      const rivals = this.#rivals(server, index);
      for (const item of items) {
        if (++done % portion === 0) await this.#clock.breathe();
        const rival = rivals.find(
          (at) => lists[at]!.byName.has(item.name) || this.#keeps(at, server, item.name),
        );
        if (rival === undefined) {
          all.push(item);
          continue;
        }
        collisions.set(server.name, (collisions.get(server.name) ?? 0) + 1);
        this.#say({ kind: this.kind, server, name: item.name, owner: this.#servers[rival]! });
      }
    }
    this.#collisions = collisions;
    return this.#keep({ generation: hash.digest('base64url').slice(0, 16), items: all });
  }

  /**
   * Whether an earlier server whose list has never been seen keeps a name from a later one: its own
   * prefix says more of the name, so that nobody takes its place while it is down.
   */
  #keeps(at: number, { prefix }: Served, name: string): boolean {
    const { prefix: kept, catalogues } = this.#servers[at]!;
    if (catalogues[this.kind].loaded || kept.length <= prefix.length) return false;
    return name.startsWith(kept);
  }

  /** Places of earlier servers that can have a name of this one; where it is a URI, none can. */
  #rivals({ prefix }: Served, index: number): number[] {
    if (this.kind === 'resource' || this.kind === 'template') return [];
    return this.#servers.slice(0, index).flatMap((other, at) => {
      const overlap = other.prefix.startsWith(prefix) || prefix.startsWith(other.prefix);
      return overlap ? [at] : [];
    });
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
