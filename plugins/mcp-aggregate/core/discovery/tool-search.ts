import type { Clock } from '../calls/clock.js';
import type { Snapshot } from '../lists/generations.js';
import type { ItemList, ListReader, ShownItems } from '../lists/item-list.js';
import type { PreparedItem } from '../items/prepare-item.js';
import { isOwnTool } from '../../../../lib/protocol/own-tools.js';
import { termsOf } from './terms.js';
import type { ToolIndex } from './tool-index.js';
import { ToolIndexes } from './tool-indexes.js';

export interface Search {
  readonly query: string;
  /** Most tools to answer. */
  readonly limit: number;
}

export interface Found {
  /** Best first. */
  readonly tools: readonly PreparedItem[];
  /** How many more fit. */
  readonly more: number;
  readonly missing: ShownItems['missing'];
}

/** Words of a query that count. */
const mostWords = 12;
/** A list that changes all the time is looked at anew no more often than costs this part of the time. */
const share = 1 / 20;

/** Those of this process. */
let shared: ToolIndexes | undefined;

/** Finds tools of one endpoint, for whom they are shown. */
export class ToolSearch {
  readonly #list: ItemList;
  readonly #clock: Clock;
  /** Generation of the list that was searched last: indexes are kept in one place for all. */
  #newest: string | undefined;
  /** When an index may be made again, in milliseconds. */
  #notBefore = -Infinity;

  constructor(list: ItemList, clock: Clock) {
    this.#list = list;
    this.#clock = clock;
  }

  /** Tools of the list that was searched last for which there was no room. */
  get left(): number {
    return (this.#newest !== undefined && indexesOn(this.#clock).known(this.#newest)?.left) || 0;
  }

  /** Waits as a list does for servers whose first list is on its way. */
  async find({ query, limit }: Search, reader: ListReader): Promise<Found> {
    const { snapshot, shows, find, missing } = await this.#list.shown(reader);
    const index = await this.#indexOf(snapshot);
    const counts = (name: string) => !isOwnTool(name) && shows({ name });
    const tools = index.find(termsOf(query, mostWords), counts).flatMap((name) => find(name) ?? []);
    return { tools: tools.slice(0, limit), more: Math.max(0, tools.length - limit), missing };
  }

  async #indexOf(snapshot: Snapshot): Promise<ToolIndex> {
    const indexes = indexesOn(this.#clock);
    const { generation } = snapshot;
    // What has gone meanwhile is not found by an older one either: it is in the list no more.
    const older = this.#clock.now() < this.#notBefore ? this.#newest : undefined;
    const known = indexes.known(generation) ?? (older && indexes.known(older));
    if (known) return known;
    const began = this.#clock.now();
    const made = await indexes.of(snapshot);
    this.#newest = generation;
    const ended = this.#clock.now();
    this.#notBefore = ended + (ended - began) / share;
    return made;
  }
}

function indexesOn(clock: Clock): ToolIndexes {
  return (shared ??= new ToolIndexes(clock));
}
