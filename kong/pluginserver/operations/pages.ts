import { metrics, textFormat } from '../../../lib/metrics/registry.js';
import { version } from '../../../lib/version.js';
import { visibleJson } from '../../../lib/visible.js';
import type { Plugins } from '../instances/load-plugins.js';
import type { Refusal, Refusals } from '../refused/refusals.js';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = 'application/json';
/** However often somebody asks, a page is made once in this time, in milliseconds. */
const freshMs = 1_000;

/** What the operations listener shows. */
export class Pages {
  readonly #plugins: Plugins;
  readonly #refusals: Refusals;
  readonly #refusedIsReady: boolean;
  readonly #kept = new Map<string, { readonly page: Page; readonly at: number }>();
  #hindrance: string | undefined = 'the plugin server is starting';

  /** @param refusedIsReady whether refused configurations of plugins leave the process ready */
  constructor(plugins: Plugins, refusals: Refusals, refusedIsReady: boolean) {
    this.#plugins = plugins;
    this.#refusals = refusals;
    this.#refusedIsReady = refusedIsReady;
  }

  /** Kong can reach the plugins. */
  serving(): void {
    this.#hindrance = undefined;
  }

  /** From here on not ready, so that nothing new is sent here. */
  stopping(): void {
    this.#hindrance = 'the plugin server is stopping';
  }

  /** Undefined where there is no such page. */
  at(path: string): Page | undefined {
    switch (path) {
      case '/health':
        return asJson(200, { status: 'ok' });
      case '/ready':
        return this.#ready();
      case '/status':
        return this.#fresh(path, () => asJson(200, this.#status()));
      case '/metrics':
        return this.#fresh(path, () => ({ status: 200, type: textFormat, body: metrics.render() }));
      default:
        return undefined;
    }
  }

  #fresh(path: string, make: () => Page): Page {
    const kept = this.#kept.get(path);
    const now = performance.now();
    if (kept !== undefined && now - kept.at < freshMs) return kept.page;
    const page = make();
    this.#kept.set(path, { page, at: now });
    return page;
  }

  #missing(): readonly string[] {
    if (this.#hindrance !== undefined) return [this.#hindrance];
    const refused = this.#refusedIsReady ? [] : this.#refusals.all().map(hindranceOf);
    return [...[...this.#plugins.values()].flatMap((plugin) => plugin.missing()), ...refused];
  }

  #ready(): Page {
    const missing = this.#missing();
    return missing.length === 0
      ? asJson(200, { ready: true })
      : asJson(503, { ready: false, missing });
  }

  #status(): object {
    const plugins = [...this.#plugins].map(([name, plugin]) => [
      name,
      { version: plugin.module.getVersion(), ...plugin.status() },
    ]);
    return {
      version,
      node: process.version,
      uptime_seconds: Math.round(process.uptime()),
      ready: this.#missing().length === 0,
      refused_configurations: this.#refusals.all().map(shown),
      plugins: Object.fromEntries(plugins) as object,
    };
  }
}

function hindranceOf({ plugin, route, owner, entry }: Refusal): string {
  return `route ${route ?? owner ?? entry}: the configuration of ${plugin} is refused`;
}

function shown({ plugin, entry, owner, route, reason, since, requests }: Refusal): object {
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

function asJson(status: number, value: object): Page {
  return { status, type: json, body: `${visibleJson(value, 2)}\n` };
}
