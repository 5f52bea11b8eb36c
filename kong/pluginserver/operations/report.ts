import type { DetailsAsked, Plugins } from '../instances/load-plugins.js';
import type { Refusal, Refusals } from '../refused/refusals.js';

/** A refused configuration as operators see it. */
export interface ShownRefusal {
  readonly plugin: string;
  readonly entry: string;
  readonly endpoint: string;
  readonly route: string | null;
  readonly reason: string;
  /** RFC 3339. */
  readonly since: string;
  readonly requests: number;
}

/** What a process says of itself; plain values, so that another process can be sent it. */
export interface Report {
  /** What readiness waits for, one line each. */
  readonly missing: readonly string[];
  readonly refused: readonly ShownRefusal[];
  /** By plugin: its version, and what it tells of itself. */
  readonly plugins: Readonly<Record<string, object>>;
  readonly uptimeSeconds: number;
  readonly residentBytes: number;
}

/** What operators see of the plugins in this process. */
export class Reporter {
  readonly #plugins: Plugins;
  readonly #refusals: Refusals;
  readonly #refusedIsReady: boolean;

  /** @param refusedIsReady whether refused configurations of plugins leave the process ready */
  constructor(plugins: Plugins, refusals: Refusals, refusedIsReady: boolean) {
    this.#plugins = plugins;
    this.#refusals = refusals;
    this.#refusedIsReady = refusedIsReady;
  }

  /** What readiness waits for, one line each. */
  missing(): readonly string[] {
    const refused = this.#refusedIsReady ? [] : this.#refusals.all().map(hindranceOf);
    return [...[...this.#plugins.values()].flatMap((plugin) => plugin.missing()), ...refused];
  }

  /** What the first plugin that knows this server tells of its tools. */
  async details(asked: DetailsAsked): Promise<object | undefined> {
    for (const { details } of this.#plugins.values()) {
      const told = await details(asked);
      if (told !== undefined) return told;
    }
    return undefined;
  }

  report(): Report {
    const plugins = [...this.#plugins].map(([name, plugin]) => [
      name,
      { version: plugin.module.getVersion(), ...plugin.status() },
    ]);
    return {
      missing: this.missing(),
      refused: this.#refusals.all().map(shown),
      plugins: Object.fromEntries(plugins) as Record<string, object>,
      uptimeSeconds: Math.round(process.uptime()),
      residentBytes: process.memoryUsage.rss(),
    };
  }
}

function hindranceOf({ plugin, route, owner, entry }: Refusal): string {
  return `route ${route ?? owner ?? entry}: the configuration of ${plugin} is refused`;
}

function shown({ plugin, entry, owner, route, reason, since, requests }: Refusal): ShownRefusal {
  return {
    plugin,
    entry,
    endpoint: owner ?? entry,
    route: route ?? null,
    reason,
    since: new Date(since).toISOString(),
    requests,
  };
}
