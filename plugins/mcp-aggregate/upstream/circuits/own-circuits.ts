import { LRUCache } from 'lru-cache';
import { Circuit } from './circuit.js';
import type { CircuitOptions } from './circuit.js';

/** Users and tools with failures are remembered; of more than these, the ones that failed first are not. */
const most = 1024;

/** The circuits of single users, of a server and of its tools: those with failures since their last success. */
export class OwnCircuits {
  readonly #options: CircuitOptions;
  readonly #all = new LRUCache<string, { circuit: Circuit; tool: string | undefined }>({
    max: most,
  });

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  get empty(): boolean {
    return this.#all.size === 0;
  }

  /** @param tool absent for that of the whole server */
  of(user: string, tool?: string): Circuit | undefined {
    return this.#all.size === 0 ? undefined : this.#all.get(keyOf(user, tool))?.circuit;
  }

  /** As `of`; made where there is none yet. */
  make(user: string, tool?: string): Circuit {
    const known = this.of(user, tool);
    if (known) return known;
    const circuit = new Circuit(this.#options);
    this.#all.set(keyOf(user, tool), { circuit, tool });
    return circuit;
  }

  /** Answers whether its circuit was open. */
  succeeded(user: string, tool?: string): boolean {
    const wasOpen = this.of(user, tool)?.closed === false;
    this.#all.delete(keyOf(user, tool));
    return wasOpen;
  }

  /** Those that are not closed. */
  *notClosed(): Generator<{ readonly circuit: Circuit; readonly tool: string | undefined }> {
    for (const one of this.#all.values()) if (one?.circuit.closed === false) yield one;
  }

  /** Forgets what single users have met with one tool, or with all. */
  clear(tool?: string): void {
    if (tool === undefined) return this.#all.clear();
    for (const [key, one] of [...this.#all.entries()])
      if (one?.tool === tool) this.#all.delete(key);
  }
}

/** A user is a digest, or nobody. */
function keyOf(user: string, tool: string | undefined): string {
  return tool === undefined ? user : `${user}:${tool}`;
}
