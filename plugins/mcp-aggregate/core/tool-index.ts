import { mergeTools } from './merge-tools.js';
import type { Collision, MergedTools } from './merge-tools.js';
import type { Served } from './served.js';

/**
 * The merged tools of an endpoint, rebuilt only when a catalogue's version has changed, so that
 * neither a list nor a call costs more with more servers or tools.
 */
export class ToolIndex {
  readonly #servers: readonly Served[];
  readonly #onCollision: (collision: Collision<Served>) => void;
  readonly #said = new Set<string>();
  #merged: MergedTools<Served> = {
    tools: [],
    items: Buffer.alloc(0),
    owners: new Map(),
    collisions: [],
  };
  #versions: readonly number[] = [];
  #stale = true;
  #generation = 0;

  constructor(servers: readonly Served[], onCollision: (collision: Collision<Served>) => void) {
    this.#servers = servers;
    this.#onCollision = onCollision;
  }

  /** Changes whenever `current` does. */
  get generation(): number {
    return this.#generation;
  }

  /** Tells the index that some catalogue may have changed. */
  touch(): void {
    this.#stale = true;
  }

  current(): MergedTools<Served> {
    if (this.#stale) this.#rebuild();
    return this.#merged;
  }

  #rebuild(): void {
    this.#stale = false;
    const versions = this.#servers.map(({ catalogue }) => catalogue.version);
    if (versions.every((version, index) => version === this.#versions[index])) return;
    this.#versions = versions;
    this.#generation += 1;
    this.#merged = mergeTools(
      this.#servers.map((server) => ({ server, tools: server.catalogue.tools })),
    );
    for (const collision of this.#merged.collisions) this.#say(collision);
  }

  #say(collision: Collision<Served>): void {
    const text = `${collision.server.name} ${collision.tool}`;
    if (this.#said.has(text) || this.#said.size >= 10_000) return;
    this.#said.add(text);
    this.#onCollision(collision);
  }
}
