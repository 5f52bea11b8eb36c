import { log } from '../../../lib/log.js';
import type { ServerConfig } from '../config/config.js';
import type { Upstream } from '../core/calls/upstream-port.js';

export interface Lease {
  readonly upstream: Upstream;
  /** Gives the upstream back; more than once is once. */
  release(): void;
}

interface Entry {
  readonly upstream: Upstream;
  users: number;
  linger: NodeJS.Timeout | undefined;
}

/** Long enough for a reload of the configuration to take the same server again. */
const defaultLingerMs = 10_000;

/** Upstreams shared by all configurations that name the same server, counted by use. */
export class UpstreamRegistry {
  readonly #create: (server: ServerConfig) => Upstream;
  readonly #lingerMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor(create: (server: ServerConfig) => Upstream, lingerMs = defaultLingerMs) {
    this.#create = create;
    this.#lingerMs = lingerMs;
  }

  /** @throws ConfigError as `createUpstream` */
  acquire(server: ServerConfig): Lease {
    const entry = this.#entries.get(server.key) ?? this.#add(server);
    clearTimeout(entry.linger);
    entry.users++;
    let held = true;
    const release = () => {
      if (held) this.#release(server.key, entry);
      held = false;
    };
    return { upstream: entry.upstream, release };
  }

  /** Closes everything at once, whoever still holds it. */
  async closeAll(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) clearTimeout(entry.linger);
    await Promise.all(entries.map((entry) => entry.upstream.close()));
  }

  #add(server: ServerConfig): Entry {
    const entry = { upstream: this.#create(server), users: 0, linger: undefined };
    this.#entries.set(server.key, entry);
    return entry;
  }

  #release(key: string, entry: Entry): void {
    entry.users--;
    if (entry.users > 0 || this.#entries.get(key) !== entry) return;
    entry.linger = setTimeout(() => {
      this.#entries.delete(key);
      entry.upstream.close().catch(() => {
        log('warn', 'upstream_not_closed', { server: entry.upstream.name });
      });
    }, this.#lingerMs).unref();
  }
}
