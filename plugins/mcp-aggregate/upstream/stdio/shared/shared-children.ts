import type { Duplex } from 'node:stream';
import { LRUCache } from 'lru-cache';
import { log } from '../../../../../lib/log.js';
import type { Remove, Siblings } from '../../../../../lib/workers/siblings.js';
import { slotOf } from '../../../../../lib/workers/slot-of.js';
import type { ServerConfig } from '../../../config/config.js';
import type { Lease } from '../../registry.js';
import { childTopic } from './child-line.js';
import type { HostedChild } from './child-line.js';
import { hostChild } from './host.js';

/** Servers whose children this worker runs when they are wanted: more than there are. */
const mostKnown = 10_000;

/**
 * The children that all workers of a node share. Each has one worker that runs it, found by the key of
 * its server; the others reach it there.
 */
export class SharedChildren {
  readonly #siblings: Siblings;
  /** Those of this worker, by the key of their server. */
  readonly #own = new Map<string, HostedChild>();
  /** Those that it has had, also where it does not need them now: others may. */
  readonly #known = new LRUCache<string, ServerConfig>({ max: mostKnown });

  constructor(siblings: Siblings) {
    this.#siblings = siblings;
  }

  /** What this worker may have of what all workers of the node may have together; one at least. */
  shareOf(most: number): number {
    return Math.max(1, Math.floor(most / this.#siblings.count));
  }

  /** Opens streams to the worker that runs the child of a server; undefined where that is this one. */
  wayTo(server: ServerConfig): (() => Promise<Duplex>) | undefined {
    const { slot, count } = this.#siblings;
    const owner = slotOf(server.key, count);
    if (owner === slot) return undefined;
    return () => this.#siblings.connect(owner, childTopic, { key: server.key });
  }

  /** A child of this worker, for others. */
  offer(server: ServerConfig, child: HostedChild): void {
    this.#known.set(server.key, server);
    this.#own.set(server.key, child);
  }

  withdraw({ key }: ServerConfig, child: HostedChild): void {
    if (this.#own.get(key) === child) this.#own.delete(key);
  }

  /**
   * Lets other workers in to the children of this one.
   * @param acquire makes the server anew where this worker does not need it, and keeps it meanwhile
   */
  serve(acquire: (server: ServerConfig) => Lease): Remove {
    return this.#siblings.onConnect(childTopic, (stream, hello, from) => {
      stream.on('error', () => undefined);
      void this.#serve(acquire, stream, hello, from);
    });
  }

  async #serve(
    acquire: (server: ServerConfig) => Lease,
    stream: Duplex,
    hello: unknown,
    from: number,
  ): Promise<void> {
    const { key } = hello as { readonly key: string };
    // Every worker has had every configuration that is served.
    const server = this.#known.get(key);
    if (server === undefined) return void stream.destroy();
    let lease: Lease | undefined;
    try {
      lease = acquire(server);
      const child = this.#own.get(server.key);
      if (child) await hostChild(server.name, child, stream, from);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      log('error', 'shared_child_unusable', { server: server.name, reason });
    } finally {
      stream.destroy();
      lease?.release();
    }
  }
}
