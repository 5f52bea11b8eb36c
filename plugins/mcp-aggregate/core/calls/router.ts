import { McpError } from '../../../../lib/errors/errors.js';
import type { Eventual } from '../../../../lib/flow/eventual.js';
import { awaitFirstLoads } from '../lists/await-first-loads.js';
import type { Clock } from './clock.js';
import type { ItemIndex } from '../lists/item-index.js';
import type { ItemKind } from '../items/item-kinds.js';
import type { MirroredParams } from '../params/mirrored-params.js';
import { unavailable } from '../items/served.js';
import type { Served } from '../items/served.js';
import type { Subject } from '../../../../lib/policy/policy.js';
import type { ServerTask } from '../tasks/server-task.js';
import type { UriSpace } from '../uris/uri-space.js';

/** A miss asks the server again when its list is older than this. */
const missAgeMs = 5_000;
const echoLength = 128;

/** What a request is about, found by the name or URI that the client used. */
export interface Target {
  readonly kind: ItemKind | 'task';
  readonly server: Served;
  /** The name, the URI or the id that clients see, in its one spelling. */
  readonly name: string;
  /** The one the server knows. */
  readonly original: string;
  /** Of a task, the name that clients see of the tool it came of. */
  readonly tool?: string;
  /** Whether it is a tool for clients that take tasks alone. */
  readonly taskOnly?: boolean | undefined;
  /** Arguments of a tool that headers mirror. */
  readonly params?: MirroredParams | undefined;
}

export interface Owner {
  /** Undefined where none can have it. */
  readonly server: string | undefined;
  /** Whether its list has the name. */
  readonly known: boolean;
}

type UriKind = 'resource' | 'template';

export interface RouterOptions {
  readonly clock: Clock;
  readonly listTimeoutMs: number;
  /** Whether somebody may know that a server has items of a kind, which are not known themselves. */
  readonly knowsOf: (kind: ItemKind, server: Served, subject: Subject) => boolean;
}

/** Who asks for an item that the rules have been asked about. */
export interface Seeker {
  /** Whether the caller must not know of it: all goes as if no server had it. */
  readonly hidden: boolean;
  readonly subject: Subject;
}

/** Finds the server of a tool, a prompt or a resource. */
export class Router {
  readonly #servers: ReadonlyMap<string, Served>;
  readonly #indexes: Readonly<Record<ItemKind, ItemIndex>>;
  readonly #uris: UriSpace;
  readonly #options: RouterOptions;
  readonly #someOnDemand: boolean;
  readonly #someEnforce: boolean;

  constructor(
    servers: readonly Served[],
    indexes: Readonly<Record<ItemKind, ItemIndex>>,
    uris: UriSpace,
    options: RouterOptions,
  ) {
    this.#servers = new Map(servers.map((server) => [server.name, server]));
    this.#indexes = indexes;
    this.#uris = uris;
    this.#options = options;
    this.#someOnDemand = servers.some(({ onDemand }) => onDemand);
    this.#someEnforce = servers.some(({ pins }) => pins?.enforces === true);
  }

  /**
   * The server that a tool or prompt belongs to, and whether it is known to have it. While a server's
   * list has never been loaded any name of its prefix leads to it, made-up ones too.
   * @param hidden as `Seeker`
   */
  ownerOf(kind: 'tool' | 'prompt', name: string, hidden = false): Owner {
    const index = this.#indexes[kind];
    const found = hidden ? undefined : index.find(name);
    if (found !== undefined) return { server: found.server.name, known: true };
    const owner = index.ownerOf(name);
    return {
      server: owner?.catalogues[kind].loaded === false ? owner.name : undefined,
      known: false,
    };
  }

  /**
   * What `resolve` would answer, where nothing has to be asked for it.
   * @param hidden as `Seeker`
   */
  resolved(kind: 'tool' | 'prompt', name: string, hidden: boolean): Target | undefined {
    return hidden || this.#someOnDemand ? undefined : this.#find(kind, name);
  }

  /** A tool or a prompt that some list has by now. */
  known(kind: 'tool' | 'prompt', name: string): Target | undefined {
    return this.#find(kind, name);
  }

  /** The arguments of a tool that headers mirror, as far as its list is known. */
  paramsOf(name: string): MirroredParams | undefined {
    return this.#indexes.tool.find(name)?.item.params;
  }

  /** Name of the server that a URI leads to. */
  ownerOfUri(uri: string): string | undefined {
    return this.#uris.locate(uri)?.server;
  }

  /**
   * The owner of a tool or prompt, by the exact name; its server may be down. On a miss the
   * server that the name belongs to is asked once for a new list.
   * @param seeker absent where nothing is hidden
   * @throws McpError `unknown_tool` or `unknown_prompt`; `upstream_unavailable` where that server has
   *   never answered, and the caller may know of it
   */
  async resolve(kind: 'tool' | 'prompt', name: string, seeker?: Seeker): Promise<Target> {
    const { clock, listTimeoutMs, knowsOf } = this.#options;
    const hidden = seeker?.hidden === true;
    const server = this.#indexes[kind].ownerOf(name);
    if (server === undefined) throw unknown(kind, name);
    // Neither an error nor the time that it takes tells of a server that is hidden as a whole.
    if (hidden && !knowsOf(kind, server, seeker.subject)) throw unknown(kind, name);
    if (this.#someOnDemand) await this.#loadOnDemand(kind, server);
    const known = hidden ? undefined : this.#find(kind, name);
    if (known !== undefined) return known;
    const asked = server.catalogues[kind].refreshOlderThan(missAgeMs);
    if (asked !== undefined) {
      await clock.within(asked, listTimeoutMs);
      const found = hidden ? undefined : this.#find(kind, name);
      if (found !== undefined) return found;
    }
    if (server.catalogues[kind].loaded) throw unknown(kind, name);
    const data = { ...unavailable(server, kind) };
    throw new McpError('upstream_unavailable', `server ${server.name} is not available`, data);
  }

  /**
   * The owner of a resource or a template, which need not be listed. Where some may be withheld that a
   * list tells of, that is fetched first where there is none yet.
   * @param hidden as `Seeker`
   * @throws McpError `unknown_resource`; at once or by rejecting
   */
  resolveUri(kind: UriKind, uri: string, hidden = false): Eventual<Target> {
    const located = hidden || !this.#someEnforce ? undefined : this.#uris.locate(uri);
    const server = located && this.#servers.get(located.server);
    const waits = server?.onDemand === true || server?.catalogues[kind].loaded === false;
    if (server?.pins?.enforces !== true || !waits) return this.knownUri(kind, uri, hidden);
    return this.#loadFirst(kind, server).then(() => this.knownUri(kind, uri, hidden));
  }

  /**
   * The same, as far as it is known by now.
   * @throws McpError `unknown_resource`
   */
  knownUri(kind: UriKind, uri: string, hidden = false): Target {
    const located = hidden ? undefined : this.#uris.locate(uri);
    const server = located && this.#servers.get(located.server);
    if (server === undefined) throw unknown(kind, uri);
    const { original } = located!;
    const { offered, doubted } = server.catalogues[kind];
    const served = offered?.has('resources') ?? true;
    if (!served || !server.exposure.shows(kind, original)) throw unknown(kind, uri);
    if (doubted || server.pins?.withholds(kind, original) === true) throw unknown(kind, uri);
    return { kind, server, original, name: server.exposure.exposeUri(original) };
  }

  /**
   * The server of a task; undefined where it is not served any more, or shows the tool no longer.
   * @param id as the client knows it
   */
  taskTarget(id: string, task: ServerTask): Target | undefined {
    const server = this.#servers.get(task.server);
    if (server?.exposure.shows('tool', task.tool) !== true) return undefined;
    const exposed = server.exposure.nameOf('tool', task.tool);
    if ('reason' in exposed) return undefined;
    return { kind: 'task', server, name: id, original: task.id, tool: exposed.name };
  }

  /** A list that is fetched on demand is, by the first call that needs it. */
  async #loadOnDemand(kind: ItemKind, server: Served): Promise<void> {
    if (server.onDemand === true) await this.#loadFirst(kind, server);
  }

  async #loadFirst(kind: ItemKind, server: Served): Promise<void> {
    server.catalogues[kind].dropIfTooOld();
    if (server.catalogues[kind].loaded) return;
    const { clock, listTimeoutMs } = this.#options;
    await awaitFirstLoads([server], kind, clock, listTimeoutMs);
  }

  #find(kind: 'tool' | 'prompt', name: string): Target | undefined {
    const found = this.#indexes[kind].find(name);
    if (found === undefined) return undefined;
    const { original, params, taskOnly } = found.item;
    return { kind, server: found.server, name, original, params, taskOnly };
  }
}

/** Says that there is no such thing, naming what was asked for. */
export function unknown(kind: ItemKind, name: string): McpError {
  const shown = name.length > echoLength ? `${name.slice(0, echoLength)}…` : name;
  switch (kind) {
    case 'tool':
      return new McpError('unknown_tool', `Unknown tool: ${shown}`);
    case 'prompt':
      return new McpError('unknown_prompt', `Unknown prompt: ${shown}`);
    case 'resource':
    case 'template':
      return new McpError('unknown_resource', `Unknown resource: ${shown}`, { uri: name });
  }
}
