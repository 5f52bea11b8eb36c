import { log } from '../../../lib/log.js';
import { Catalogue } from '../core/catalogue.js';
import type { CatalogueEvent } from '../core/catalogue.js';
import type { Clock } from '../core/clock.js';
import { ToolList } from '../core/list-tools.js';
import { Router } from '../core/router.js';
import type { Served } from '../core/served.js';
import { ToolIndex } from '../core/tool-index.js';
import { MissingSecret } from '../auth-config.js';
import type { AggregateConfig, ServerConfig } from '../config.js';
import type { Lease } from '../upstream/registry.js';
import { brokenUpstream } from './broken-upstream.js';

export type Acquire = (server: ServerConfig) => Lease;

const tickMs = 1_000;
const noSecret = 'a credential it needs has no value; the log of the gateway says which';

/** All that lives as long as one configuration of one endpoint: servers, their lists, the routes. */
export class Runtime {
  readonly config: AggregateConfig;
  readonly router: Router;
  readonly toolList: ToolList;
  readonly #clock: Clock;
  readonly #served: readonly Served[];
  readonly #leases: Lease[] = [];
  readonly #removers: (() => void)[] = [];
  readonly #lifetime = new AbortController();
  readonly #index: ToolIndex;
  readonly #ticker: NodeJS.Timeout;
  #running = 0;
  #lastUsed: number;

  constructor(config: AggregateConfig, acquire: Acquire, clock: Clock) {
    this.config = config;
    this.#clock = clock;
    this.#lastUsed = clock.now();
    this.#served = config.servers.map((server) => this.#serve(server, acquire));
    this.#index = new ToolIndex(this.#served, ({ server, tool, owner }) =>
      log('warn', 'tool_collision', { server: server.name, tool, owner: owner.name }),
    );
    const options = { clock, listTimeoutMs: config.listTimeoutMs };
    this.router = new Router(this.#served, this.#index, options);
    const { access } = config;
    this.toolList = new ToolList(this.#served, this.#index, { ...options, access });
    this.#ticker = setInterval(() => this.#refresh(), tickMs);
    this.#ticker.unref();
    this.#refresh();
  }

  /** Requests under way. */
  get running(): number {
    return this.#running;
  }

  /** When it was last asked for, in milliseconds. */
  get lastUsed(): number {
    return this.#lastUsed;
  }

  get closed(): boolean {
    return this.#lifetime.signal.aborted;
  }

  touch(): void {
    this.#lastUsed = this.#clock.now();
  }

  /** Counts a request in; call what it answers once the request has ended. */
  enter(): () => void {
    this.#running += 1;
    this.touch();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#running -= 1;
      this.touch();
    };
  }

  /** A client's session is over: servers need keep nothing for it. */
  endConversation(conversation: string): void {
    for (const { upstream } of this.#served) upstream.endConversation(conversation);
  }

  /** Gives the servers back. */
  close(): void {
    if (this.closed) return;
    this.#lifetime.abort();
    clearInterval(this.#ticker);
    for (const remove of this.#removers) remove();
    for (const lease of this.#leases) lease.release();
  }

  #serve(server: ServerConfig, acquire: Acquire): Served {
    const lease = acquireOrBreak(server, acquire);
    this.#leases.push(lease);
    const { upstream } = lease;
    const catalogue = new Catalogue({
      prefix: server.prefix,
      ttlMs: this.config.listTtlMs,
      clock: this.#clock,
      lifetime: this.#lifetime.signal,
      list: (signal) => upstream.list('tools/list', 'tools', signal),
      onEvent: (event) => this.#onEvent(server.name, event),
    });
    const remove = upstream.onListChanged((method) => {
      if (method === 'notifications/tools/list_changed') catalogue.invalidate();
    });
    this.#removers.push(remove);
    return { name: server.name, prefix: server.prefix, upstream, catalogue };
  }

  #refresh(): void {
    for (const { catalogue } of this.#served) catalogue.refreshIfDue();
  }

  #onEvent(server: string, event: CatalogueEvent): void {
    this.#index.touch();
    const { type, ...fields } = event;
    const level = type === 'listed' ? 'info' : 'warn';
    log(level, `tools_${type}`, { endpoint: this.config.endpoint, server, ...fields });
  }
}

/** A server that cannot even be set up must not take the others down. */
function acquireOrBreak(server: ServerConfig, acquire: Acquire): Lease {
  try {
    return acquire(server);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be set up';
    log('error', 'server_unusable', { server: server.name, reason });
    const missing = error instanceof MissingSecret ? noSecret : undefined;
    return { upstream: brokenUpstream(server.name, missing), release: () => undefined };
  }
}
