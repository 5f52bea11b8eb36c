import { createHash } from 'node:crypto';
import { ByteCounts } from '../../../../lib/held/byte-counts.js';
import { held } from '../../../../lib/held/limits.js';
import type { Clock } from '../calls/clock.js';
import type { ItemKind } from '../items/item-kinds.js';
import { Generations } from './generations.js';
import type { Snapshot } from './generations.js';
import { PrefixIndex } from '../items/names.js';
import type { PreparedItem } from '../items/prepare-item.js';
import type { PreparedItems } from '../items/prepare-items.js';
import type { Served } from '../items/served.js';

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

/** Snapshots kept, the newest among them. */
const mostKept = 4;
const mostKeptOnDemand = 1;
const mostSaid = 2_000;
const { generations, generationsOfServer } = held;
/** Earlier snapshots of all lists of the process. */
const generationBytes = new ByteCounts();
let indexes = 0;

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
  readonly #kept: Generations;
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
    const bounds = {
      count: ofOneCaller ? mostKeptOnDemand : mostKept,
      ofServer: generationsOfServer.ofOne,
      all: generations.bytes,
      ms: generations.ms,
    };
    this.#kept = new Generations(bounds, generationBytes, String((indexes += 1)));
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

  /** Drops earlier snapshots that are too old; called by a timer. */
  sweep(): void {
    this.#kept.prune(this.#clock.now());
  }

  /** Nobody asks any more. */
  close(): void {
    this.#kept.clear();
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
        await this.#clock.breathe('merge');
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
    const taskOnly = new Set(all.flatMap((item) => (item.taskOnly ? item.name : [])));
    const snapshot = { generation, items: all, modernOnly, taskOnly };
    this.#kept.keep(snapshot, lists, this.#clock.now());
    return snapshot;
  }

  /** Whether names of this server can belong to another; URIs carry their server's name. */
  #mayOverlap({ prefix }: Served): boolean {
    if (this.kind === 'resource' || this.kind === 'template') return false;
    return this.#prefixes.isPartOfLonger(prefix);
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
