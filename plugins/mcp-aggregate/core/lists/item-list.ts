import { McpError } from '../../../../lib/errors.js';
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

/** Member of a partial list's `_meta` that names the servers whose items are missing. */
const unavailableKey = 'kong-plugin-mcp/unavailable';

/** Where a page begins. */
export interface Position {
  /** Of the snapshot that the client is reading. */
  readonly generation: string;
  readonly offset: number;
}

export interface PageRequest {
  /** Absent for the first page. */
  readonly from: Position | undefined;
  /** The text by which the client asks for the next page. */
  readonly cursorOf: (position: Position) => string;
  /** Who asks: what it may not know of is left out. */
  readonly subject: Subject;
  /** Whether it is a client without sessions, which takes forms that others refuse. */
  readonly modern?: boolean;
  /** Whether it declares the extension of tasks. */
  readonly tasks?: boolean;
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
    const { kind } = this.#index;
    const { clock, listTimeoutMs } = this.#options;
    await awaitFirstLoads(this.#servers, kind, clock, listTimeoutMs);
    const { from } = request;
    const snapshot = from ? await this.#index.at(from.generation) : await this.#index.current();
    if (snapshot === undefined) throw staleCursor();
    const missing = this.#servers.filter(
      (server) =>
        !server.catalogues[kind].loaded && this.#policy.knowsOf(server, kind, request.subject),
    );
    const said = missing.map((server) => unavailable(server, kind));
    return this.#render(snapshot, metaMember(request.meta, said), request);
  }

  /** How many items each view shows, by its index. */
  async countShown(): Promise<ReadonlyMap<number, number>> {
    const { items } = await this.#index.current();
    const breathe = () => this.#options.clock.breathe('rules');
    return this.#policy.countShown(this.#index.kind, items, breathe);
  }

  async #render(
    snapshot: Snapshot,
    meta: string,
    { from, cursorOf, subject, modern = false, tasks = false }: PageRequest,
  ): Promise<RawJson> {
    const { kind } = this.#index;
    const breathe = () => this.#options.clock.breathe('rules');
    const allowed = await this.#policy.view(kind, snapshot.items, subject, breathe);
    const view = viewOf(snapshot, allowed, modern, tasks);
    const key = `${view.key} ${meta}`;
    const known = from ? undefined : this.#wholeFor(snapshot).get(key);
    if (known !== undefined) return known;
    const { parts, next } = this.#collect(snapshot, from?.offset ?? 0, view);
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
  #collect({ items }: Snapshot, offset: number, view: View) {
    const parts: Buffer[] = [];
    let bytes = 0;
    let count = 0;
    for (let at = offset; at < items.length; at++) {
      const item = items[at]!;
      if (!view.shows(item)) continue;
      const full = count >= this.#options.pageSize || bytes + item.raw.length > maxPageBytes;
      if (full && count > 0) return { parts, next: at };
      if (count > 0) parts.push(comma);
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
