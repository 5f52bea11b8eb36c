import { McpError } from '../../../../lib/errors/errors.js';
import { held } from '../../../../lib/held/limits.js';
import { encodeString } from '../../../../lib/json/splice.js';
import type { RawJson } from '../../../../lib/json/types.js';
import type { Subject } from '../../../../lib/policy/policy.js';
import { awaitFirstLoads } from './await-first-loads.js';
import type { Clock } from '../calls/clock.js';
import type { ItemIndex } from './item-index.js';
import type { Snapshot } from './generations.js';
import { itemKinds } from '../items/item-kinds.js';
import type { AccessRules } from '../policy/policy.js';
import { PolicyLists } from '../policy/policy-lists.js';
import type { View } from '../policy/policy-lists.js';
import { unavailable } from '../items/served.js';
import type { Served, Unavailable } from '../items/served.js';
import type { PreparedItem } from '../items/prepare-item.js';

/** Member of a partial list's `_meta` that names the servers whose items are missing. */
const unavailableKey = 'kong-plugin-mcp/unavailable';

/** Where a page begins. */
export interface Position {
  /** Of the snapshot that the client is reading. */
  readonly generation: string;
  readonly offset: number;
}

/** For whom a list is. */
export interface ListReader {
  /** Who asks: what it may not know of is left out. */
  readonly subject: Subject;
  /** Whether it is a client without sessions, which takes forms that others refuse. */
  readonly modern?: boolean;
  /** Whether it declares the extension of tasks. */
  readonly tasks?: boolean;
}

/** What a list shows in place of all its items. */
export interface ListedInstead {
  /** Equal ones show the same. */
  readonly key: string;
  /** Items of the gateway's own, before the others. */
  readonly first: readonly RawJson[];
  /** Whether an item of this name is shown all the same. */
  readonly keeps: (name: string) => boolean;
}

/** The items of the newest list that somebody may know of. */
export interface ShownItems {
  readonly snapshot: Snapshot;
  readonly shows: View['shows'];
  /** An item by its name, if it is still there. */
  readonly find: (name: string) => PreparedItem | undefined;
  /** Servers whose items are missing. */
  readonly missing: readonly Unavailable[];
}

export interface PageRequest extends ListReader {
  /** Absent for the first page. */
  readonly from: Position | undefined;
  /** The text by which the client asks for the next page. */
  readonly cursorOf: (position: Position) => string;
  readonly instead?: ListedInstead | undefined;
  /** Members of the page's `_meta`, the same for all who ask so. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

export interface ItemListOptions {
  readonly clock: Clock;
  readonly listTimeoutMs: number;
  /** Most items on a page. */
  readonly pageSize: number;
  readonly access: AccessRules;
}

/** A page of large items ends earlier, so that no answer holds up the others. */
const maxPageBytes = 4_194_304;
/** Different whole answers kept: callers with other rights see other items. */
const mostKept = 32;
const { wholeLists: wholes } = held;
const comma = Buffer.from(',');

/** Answers one `…/list` method, page by page. */
export class ItemList {
  readonly #index: ItemIndex;
  readonly #servers: readonly Served[];
  readonly #options: ItemListOptions;
  readonly #policy: PolicyLists;
  readonly #mostKept: number;
  /** Whole lists on one page, by what they show; only of the newest snapshot. */
  readonly #whole = new Map<string, RawJson>();
  #wholeBytes = 0;
  #wholeOf: Snapshot | undefined;

  constructor(servers: readonly Served[], index: ItemIndex, options: ItemListOptions) {
    this.#servers = servers;
    this.#index = index;
    this.#options = options;
    this.#policy = new PolicyLists(options.access);
    // What only one caller sees is not worth the memory.
    this.#mostKept = servers.some(({ onDemand }) => onDemand) ? 0 : mostKept;
  }

  /**
   * The raw result. Waits only for servers whose first list is on its way, within the limit.
   * @throws McpError `invalid_params` for a position in a list that is no longer kept
   */
  async page(request: PageRequest): Promise<RawJson> {
    await this.#awaitFirst();
    const { from } = request;
    const snapshot = from ? await this.#index.at(from.generation) : await this.#index.current();
    if (snapshot === undefined) throw staleCursor();
    const meta = metaMember(request.meta, this.#missingFor(request));
    return this.#render(snapshot, meta, request);
  }

  /** All that the newest list shows to a reader; waits as `page` does. */
  async shown(reader: ListReader): Promise<ShownItems> {
    await this.#awaitFirst();
    const snapshot = await this.#index.current();
    const { shows } = await this.#viewOf(snapshot, reader);
    const find = (name: string) => this.#index.find(name)?.item;
    return { snapshot, shows, find, missing: this.#missingFor(reader) };
  }

  #awaitFirst(): Promise<void> {
    const { clock, listTimeoutMs } = this.#options;
    return awaitFirstLoads(this.#servers, this.#index.kind, clock, listTimeoutMs);
  }

  /** Whether `subject` may know that a server has items of this kind, which are not known themselves. */
  knowsOf(server: Served, subject: Subject): boolean {
    return this.#policy.knowsOf(server, this.#index.kind, subject);
  }

  #missingFor({ subject }: ListReader): readonly Unavailable[] {
    const { kind } = this.#index;
    return this.#servers
      .filter(({ catalogues }) => !catalogues[kind].loaded)
      .filter((server) => this.knowsOf(server, subject))
      .map((server) => unavailable(server, kind));
  }

  async #viewOf(
    snapshot: Snapshot,
    { subject, modern = false, tasks = false }: ListReader,
  ): Promise<View> {
    const breathe = () => this.#options.clock.breathe('rules');
    const allowed = await this.#policy.view(this.#index.kind, snapshot.items, subject, breathe);
    return viewOf(snapshot, allowed, modern, tasks);
  }

  /** How many items each view shows, by its index. */
  async countShown(): Promise<ReadonlyMap<number, number>> {
    const { items } = await this.#index.current();
    const breathe = () => this.#options.clock.breathe('rules');
    return this.#policy.countShown(this.#index.kind, items, breathe);
  }

  async #render(snapshot: Snapshot, meta: string, request: PageRequest): Promise<RawJson> {
    const { kind } = this.#index;
    const { from, cursorOf, instead } = request;
    const view = without(await this.#viewOf(snapshot, request), instead);
    const key = `${view.key} ${meta}`;
    const known = from ? undefined : this.#wholeFor(snapshot).get(key);
    if (known !== undefined) return known;
    const first = from === undefined ? (instead?.first ?? []) : [];
    const { parts, next } = this.#collect(snapshot, from?.offset ?? 0, view, first);
    const position = { generation: snapshot.generation, offset: next ?? 0 };
    const cursor = next === undefined ? '' : `,"nextCursor":${encodeString(cursorOf(position))}`;
    const head = Buffer.from(`{"${itemKinds[kind].member}":[`);
    const result = Buffer.concat([head, ...parts, Buffer.from(`]${cursor}${meta}}`)]);
    // A cursor belongs to its caller; what has none is the same for all who see the same.
    const whole = from === undefined && next === undefined;
    if (whole && this.#mayKeep(result)) this.#keepWhole(snapshot, key, result);
    return result;
  }

  #mayKeep({ length }: RawJson): boolean {
    return this.#whole.size < this.#mostKept && this.#wholeBytes + length <= wholes.ofOne;
  }

  #keepWhole(snapshot: Snapshot, key: string, result: RawJson): void {
    this.#wholeFor(snapshot).set(key, result);
    this.#wholeBytes += result.length;
  }

  #wholeFor(snapshot: Snapshot): Map<string, RawJson> {
    if (this.#wholeOf !== snapshot) {
      this.#whole.clear();
      this.#wholeBytes = 0;
    }
    this.#wholeOf = snapshot;
    return this.#whole;
  }

  /** The items of the page that begins at `offset`, and where the next one does. */
  #collect({ items }: Snapshot, offset: number, view: View, first: readonly RawJson[]) {
    const parts = first.flatMap((raw, n) => (n === 0 ? [raw] : [comma, raw]));
    let bytes = 0;
    let count = 0;
    for (let at = offset; at < items.length; at++) {
      const item = items[at]!;
      if (!view.shows(item)) continue;
      const full = count >= this.#options.pageSize || bytes + item.raw.length > maxPageBytes;
      if (full && count > 0) return { parts, next: at };
      if (parts.length > 0) parts.push(comma);
      parts.push(item.raw);
      bytes += item.raw.length;
      count += 1;
    }
    return { parts, next: undefined };
  }
}

/** Items that a client refuses, or has no use for, are left out of its list. */
function viewOf(
  { modernOnly, taskOnly }: Snapshot,
  { key, shows }: View,
  modern: boolean,
  tasks: boolean,
): View {
  const forModern = !modern && modernOnly.size > 0;
  const forTasks = !tasks && taskOnly.size > 0;
  if (!forModern && !forTasks) return { key, shows };
  const isHidden = (name: string) =>
    (forModern && modernOnly.has(name)) || (forTasks && taskOnly.has(name));
  return {
    key: `${key}${forModern ? '!' : ''}${forTasks ? '~' : ''}`,
    shows: (item) => !isHidden(item.name) && shows(item),
  };
}

/** Leaves out what is not to be listed beside `instead`. */
function without({ key, shows }: View, instead: ListedInstead | undefined): View {
  if (instead === undefined) return { key, shows };
  const { keeps } = instead;
  return { key: `${key} ${instead.key}`, shows: (item) => keeps(item.name) && shows(item) };
}

function metaMember(meta: PageRequest['meta'], missing: readonly Unavailable[]): string {
  if (meta === undefined && missing.length === 0) return '';
  const unavailable = missing.length === 0 ? {} : { [unavailableKey]: missing };
  return `,"_meta":${JSON.stringify({ ...meta, ...unavailable })}`;
}

export function staleCursor(): McpError {
  return new McpError(
    'invalid_params',
    'this cursor was not given out for this list, or the list has changed since: begin again',
  );
}
