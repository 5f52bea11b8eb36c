import type { Guard, GuardConfig } from './guard.js';

/** Names come from clients: most of them are remembered, none forever. */
const mostNames = 1_024;
const longestName = 256;

/** Which guards a tool has, in the order configured. */
export class GuardSet<One extends { readonly config: GuardConfig }> {
  readonly #guards: readonly One[];
  readonly #byName = new Map<string, readonly One[] | undefined>();

  constructor(guards: readonly One[]) {
    this.#guards = guards;
  }

  get all(): readonly One[] {
    return this.#guards;
  }

  /** Those of a tool, by the name that clients see; nothing of it is remembered. */
  concerning(name: string): readonly One[] {
    return this.#guards.filter(({ config }) => config.concerns(name));
  }

  /** The same for calls; undefined where it has none. */
  of(name: string): readonly One[] | undefined {
    if (this.#guards.length === 0) return undefined;
    if (this.#byName.has(name)) return this.#byName.get(name);
    const found = this.concerning(name);
    const own = found.length === 0 ? undefined : found;
    if (name.length > longestName) return own;
    if (this.#byName.size >= mostNames) this.#byName.clear();
    this.#byName.set(name, own);
    return own;
  }
}

export type Guards = GuardSet<Guard>;
