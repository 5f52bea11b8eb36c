import type { ServerConfig } from '../../config/config.js';
import type { Upstream } from '../../core/calls/upstream-port.js';
import type { PerCallerServer } from '../../core/lists/caller-items.js';
import type { Served } from '../../core/items/served.js';
import { ServerPins } from '../../core/pins/server-pins.js';
import type { ServerPinsOptions } from '../../core/pins/server-pins.js';
import { inspectItems } from '../../upstream/large/inspect-items.js';
import { pinBooks } from './pin-books.js';
import { PinLog } from './pin-log.js';
import { pinMemory } from './pin-memory.js';

export interface PinServerOptions {
  readonly endpoint: string;
  readonly upstream: Upstream;
  /** All servers of the endpoint, as far as they are there. */
  readonly servers: () => readonly (Served | PerCallerServer)[];
  /** Something else is approved; `onlyMore`: and all that was before. */
  readonly onChange: (onlyMore: boolean) => void;
}

/** Names of other servers' tools that texts are searched for. */
const mostNames = 20_000;
const shortestName = 5;

/** What is pinned of a server behind an endpoint, and what gives it back; undefined where nothing is. */
export function pinServer(
  server: ServerConfig,
  { endpoint, upstream, servers, onChange }: PinServerOptions,
): { readonly pins: ServerPins; readonly release: () => void } | undefined {
  const { pins, name } = server;
  if (pins === undefined) return undefined;
  const perCaller = upstream.listsPerCaller;
  const lease = pins.mode && pinBooks.acquire(server, pins, perCaller);
  const silence = lease?.book.onChange(onChange);
  const said = new PinLog(endpoint, name);
  const off = pins.lintOff;
  const options: ServerPinsOptions = {
    server: name,
    enforce: pins.mode === 'enforce',
    approvals: lease?.book,
    perCaller,
    memory: pinMemory(),
    inspect: (kind, raws, wanted) => inspectItems(name, kind, raws, wanted),
    lint: () => {
      if (!pins.lints) return undefined;
      const others = off.has('other-server') ? none : othersOf(server, servers());
      return { options: { off, ...others }, key: others.key };
    },
    now: () => new Date().toISOString(),
    onTold: (changes, leftOut) => said.told(changes, leftOut),
    onDoubts: (doubts) => said.doubts(doubts),
  };
  const served = new ServerPins(options);
  const release = () => {
    silence?.();
    lease?.release();
    served.close();
  };
  return { pins: served, release };
}

const none = { others: new Set<string>(), otherPrefixes: [], key: '' };

/** What clients see of the tools of other servers, by which a text can refer to them. */
function othersOf({ name, prefix }: ServerConfig, servers: readonly (Served | PerCallerServer)[]) {
  const others = new Set<string>();
  const otherPrefixes: string[] = [];
  const digests: string[] = [];
  for (const server of servers) {
    if (!('catalogues' in server) || server.name === name) continue;
    if (server.prefix.length > 2 && !prefix.startsWith(server.prefix)) {
      otherPrefixes.push(server.prefix);
    }
    const { items, digest } = server.catalogues.tool.prepared;
    digests.push(digest);
    for (const item of items) {
      if (others.size >= mostNames) break;
      others.add(item.name);
      if (isTelling(item.original)) others.add(item.original);
    }
  }
  return { others, otherPrefixes, key: digests.join(' ') };
}

/** A name of one short word may be any word of a text. */
function isTelling(name: string): boolean {
  return name.length >= shortestName && /[A-Za-z0-9][_.-][A-Za-z0-9]|[a-z][A-Z]/.test(name);
}
